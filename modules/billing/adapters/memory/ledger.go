package memory

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"
)

var errDuplicate = errors.New("it exists already")

type disputes struct{ *state }

func (s disputes) Find(_ context.Context, provider, ref string) (domain.Dispute, bool, error) {
	for _, d := range s.disputes {
		if d.Provider == provider && d.ProviderRef == ref {
			return domain.RestoreDispute(d), true, nil
		}
	}
	return domain.Dispute{}, false, nil
}

func (s disputes) Of(_ context.Context, paymentID id.ID) (out []domain.Dispute, err error) {
	for _, d := range sorted(s.disputes) {
		if d.PaymentID == paymentID {
			out = append(out, domain.RestoreDispute(d))
		}
	}
	return out, nil
}

func (s disputes) Put(_ context.Context, dispute domain.Dispute) error {
	d := dispute.Snapshot()
	s.disputes[d.ID] = d
	s.enqueue(domain.DisputeRecord, d.ID)
	s.note(d.OrderID, billing.Entry{At: d.UpdatedAt, What: "dispute", Result: string(d.Status)})
	return nil
}

type privacy struct{ *state }

func (s privacy) Lock(_ context.Context, accountID id.ID) (erased bool, err error) {
	return s.erased[accountID], nil // transactions run one at a time
}

func (s privacy) Erase(_ context.Context, accountID id.ID, _ time.Time) error {
	s.erased[accountID] = true
	for paymentID, p := range s.payments {
		if p.AccountID == accountID {
			p.Brand, p.Last4 = "", ""
			s.payments[paymentID] = p
		}
	}
	for refundID, r := range s.refunds {
		if r.AccountID == accountID {
			r.Reason = ""
			s.refunds[refundID] = r
		}
	}
	return nil
}

type ledger struct{ *state }

func (s ledger) Post(_ context.Context, e domain.JournalEntry) error {
	for i := range s.entries {
		other := &s.entries[i]
		if other.ID == e.ID || (other.SourceType == e.SourceType && other.SourceID == e.SourceID) {
			return errDuplicate
		}
	}
	e.Postings = slices.Clone(e.Postings)
	s.entries = append(s.entries, e)
	return nil
}

func (s ledger) PostOnce(ctx context.Context, e domain.JournalEntry) (posted bool, err error) {
	for _, other := range s.entries {
		if other.SourceType == e.SourceType && other.SourceID == e.SourceID {
			return false, nil
		}
	}
	return true, s.Post(ctx, e)
}

// unbalanced returns the error of the deferred trigger at the commit.
func (s *state) unbalanced() error {
	if len(s.entries) == 0 {
		return nil
	}
	newest := s.entries[len(s.entries)-1]
	if _, err := domain.NewJournalEntry(newest); err != nil || len(newest.Postings) == 0 {
		return errors.Join(domain.ErrUnbalanced, err)
	}
	return nil
}

func (s ledger) Seal(_ context.Context, keys domain.SealKeys, limit int, now time.Time) (n int, err error) {
	for ; n < limit && len(s.chain) < len(s.entries); n++ {
		s.chain = append(s.chain, s.hash(len(s.chain)))
	}
	if len(keys) == 0 {
		return n, nil
	}
	return n + s.seal(keys, limit, now), nil
}

func (s *state) hash(n int) []byte {
	var previous []byte
	if n > 0 {
		previous = s.chain[n-1]
	}
	return s.entries[n].Hash(previous)
}

// Journal reads the ledger.
type Journal struct{ store *Store }

// Journal returns the store's journal.
func (s *Store) Journal() Journal { return Journal{s} }

// Balances returns the balance of each account and currency at a moment.
func (j Journal) Balances(_ context.Context, at time.Time) (out []domain.Balance, err error) {
	type key struct {
		account  domain.Account
		currency money.Currency
	}
	sums := map[key]int64{}
	j.store.cell.View(func(st *state) {
		for _, e := range st.entries {
			for _, p := range e.Postings {
				if !e.At.After(at) {
					sums[key{p.Account, p.Amount.Currency()}] += p.Amount.Amount()
				}
			}
		}
	})
	for k, sum := range sums {
		out = append(out, domain.Balance{Account: k.account, Amount: money.Of(sum, k.currency)})
	}
	slices.SortFunc(out, func(a, b domain.Balance) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Amount.Currency(), b.Amount.Currency()))
	})
	return out, nil
}

func (s *state) asked(q ports.JournalQuery, e domain.JournalEntry) bool {
	on := func(p domain.Posting) bool { return p.Account == q.Account }
	return !e.At.Before(q.From) && (q.To.IsZero() || e.At.Before(q.To)) &&
		(q.OrderID == id.Nil || e.OrderID == q.OrderID) && (q.BuyerID == id.Nil || s.bought(q.BuyerID, e.OrderID)) &&
		(q.Account == "" || slices.ContainsFunc(e.Postings, on))
}

func (s *state) bought(accountID, orderID id.ID) bool {
	for _, p := range s.payments {
		if p.OrderID == orderID && p.AccountID == accountID {
			return true
		}
	}
	return false
}

func compareEntries(a, b domain.JournalEntry) int {
	return cmp.Or(a.At.Compare(b.At), bytes.Compare(a.ID[:], b.ID[:]))
}

func (j Journal) entries(q ports.JournalQuery) (out []domain.JournalEntry) {
	j.store.cell.View(func(st *state) {
		for _, e := range st.entries {
			if st.asked(q, e) {
				e.Postings = slices.Clone(e.Postings)
				out = append(out, e)
			}
		}
	})
	slices.SortFunc(out, compareEntries)
	return out
}

type position struct {
	At time.Time `json:"at"`
	ID id.ID     `json:"id"`
}

// Entries returns a page of entries, the newest first.
func (j Journal) Entries(_ context.Context, q ports.JournalQuery,
	request page.Request,
) (page.Page[domain.JournalEntry], error) {
	after, ok, err := page.Decode[position](request.Cursor)
	if err != nil {
		return page.Page[domain.JournalEntry]{}, err
	}
	items := j.entries(q)
	slices.Reverse(items)
	items = slices.DeleteFunc(items, func(e domain.JournalEntry) bool {
		return ok && compareEntries(e, domain.JournalEntry{At: after.At, ID: after.ID}) >= 0
	})
	cursor := func(e domain.JournalEntry) string { return page.Encode(position{e.At, e.ID}) }
	return page.Cut(items, request.Size(), cursor), nil
}

// After returns entries after last, the oldest first.
func (j Journal) After(_ context.Context, q ports.JournalQuery, last *domain.JournalEntry,
	limit int,
) ([]domain.JournalEntry, error) {
	items := slices.DeleteFunc(j.entries(q),
		func(e domain.JournalEntry) bool { return last != nil && compareEntries(e, *last) <= 0 })
	return items[:min(limit, len(items))], nil
}

// Verify checks the seals after a position.
func (j Journal) Verify(_ context.Context, behind int64, limit int) (chain domain.Chain, err error) {
	j.store.cell.View(func(st *state) {
		chain.Sealed = int64(len(st.chain))
		chain.Checked = min(chain.Sealed, behind+int64(limit))
		for n := behind; n < chain.Checked; n++ {
			if !bytes.Equal(st.chain[n], st.hash(int(n))) {
				chain.Broken = append(chain.Broken, fmt.Sprintf("position %d of the chain does not match its entry", n+1))
			}
		}
	})
	return chain, nil
}

// Count counts the entries.
func (j Journal) Count(context.Context) (count domain.ChainCount, err error) {
	j.store.cell.View(func(st *state) {
		n := int64(len(st.chain))
		count = domain.ChainCount{Entries: int64(len(st.entries)), Sealed: n, Waiting: int64(len(st.entries)) - n, Last: n}
	})
	return count, nil
}
