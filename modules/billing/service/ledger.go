package service

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// post posts an entry, unless it is empty.
func post(ctx context.Context, st ports.Stores, entry domain.JournalEntry) error {
	if len(entry.Postings) == 0 {
		return nil
	}
	return st.Ledger.Post(ctx, entry)
}

// SealAll adds every queued entry of the journal to the hash chain, and seals the chain and every unsealed document,
// PDF and dispute, in batches and in the background. Verification detects a change or removal of a sealed record.
func (s *Service) SealAll(ctx context.Context) error {
	for {
		sealed := 0
		err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) (err error) {
			sealed, err = st.Ledger.Seal(ctx, s.SealKeys, s.Batch, s.Clock.Now())
			return err
		})
		if err != nil {
			return fmt.Errorf("seal the journal: %w", err)
		}
		if sealed < s.Batch {
			return nil
		}
	}
}

// Balances returns the balances of the accounts at a moment, and that moment; the zero moment means now.
func (s *Service) Balances(ctx context.Context, at time.Time) ([]domain.Balance, time.Time, error) {
	if at.IsZero() {
		at = s.Clock.Now()
	}
	balances, err := s.Journal.Balances(ctx, at)
	return balances, at, err
}

// Entries returns a page of the journal, the newest first.
func (s *Service) Entries(ctx context.Context, q ports.JournalQuery,
	request page.Request,
) (page.Page[domain.JournalEntry], error) {
	return s.Journal.Entries(ctx, q, request)
}

// exported is how many entries an export reads per statement.
const exported = 500

// ExportJournal passes all entries of a query, with their documents, to take in batches, the oldest first.
func (s *Service) ExportJournal(ctx context.Context, q ports.JournalQuery,
	take func([]domain.BookedEntry) error,
) error {
	var last *domain.JournalEntry
	for {
		entries, err := s.Journal.After(ctx, q, last, exported)
		if err != nil {
			return err
		}
		var orderIDs []id.ID
		for _, e := range entries {
			orderIDs = append(orderIDs, e.OrderID)
		}
		documents, err := s.Archive.OfOrders(ctx, orderIDs)
		if err != nil {
			return err
		}
		if err := take(domain.NewBookedEntries(entries, documents)); err != nil {
			return err
		}
		if len(entries) < exported {
			return nil
		}
		last = &entries[len(entries)-1]
	}
}

// verified is how many seals one statement checks.
const verified = 5000

// VerifyChain checks the chain of hashes after a position, until all positions are checked, one is broken, or until has
// passed, and that each entry is in the chain or waits for it. Checked is the last position that was checked. show is
// called after each page; nil: it is not.
func (s *Service) VerifyChain(ctx context.Context, behind int64, until time.Time,
	show func(domain.Chain),
) (domain.Chain, error) {
	count, err := s.Journal.Count(ctx)
	if err != nil {
		return domain.Chain{}, err
	}
	for {
		chain, err := s.Journal.Verify(ctx, behind, verified)
		chain.Entries = count.Entries
		if err == nil && show != nil {
			show(chain)
		}
		if err != nil || chain.Checked >= chain.Sealed || len(chain.Broken) > 0 || s.Clock.Now().After(until) {
			chain.Broken = append(chain.Broken, count.Broken()...)
			return chain, err
		}
		behind = chain.Checked
	}
}
