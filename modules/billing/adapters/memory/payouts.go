package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

type payouts struct{ *state }

func (s payouts) Lock(_ context.Context, provider, ref string) (domain.Payout, bool, error) {
	for _, p := range s.payouts {
		if p.Provider == provider && p.ProviderRef == ref {
			return domain.RestorePayout(p), true, nil
		}
	}
	return domain.Payout{}, false, nil
}

func (s payouts) Put(_ context.Context, payout domain.Payout) error {
	s.payouts[payout.Snapshot().ID] = payout.Snapshot()
	return nil
}

type manualEntries struct{ *state }

func (s manualEntries) Insert(_ context.Context, entry domain.ManualEntry) (domain.ManualEntry, error) {
	m := entry.Snapshot()
	for _, other := range s.manual {
		if other.AuthorID == m.AuthorID && other.Key == m.Key {
			return domain.RestoreManualEntry(other), nil
		}
	}
	s.manual[m.ID] = m
	return entry, nil
}

func (s manualEntries) Lock(_ context.Context, entryID id.ID) (domain.ManualEntry, error) {
	m, found := s.manual[entryID]
	if !found {
		return domain.ManualEntry{}, domain.ErrNoManualEntry
	}
	return domain.RestoreManualEntry(m), nil
}

func (s manualEntries) Update(_ context.Context, entry domain.ManualEntry) error {
	s.manual[entry.Snapshot().ID] = entry.Snapshot()
	return nil
}

// ManualEntries returns a page of the manual entries in a status, the newest first; empty: in any.
func (s *Store) ManualEntries(_ context.Context, status domain.ManualStatus,
	request page.Request,
) (page.Page[domain.ManualEntry], error) {
	var items []domain.ManualEntry
	s.cell.View(func(st *state) {
		for _, m := range st.manual {
			if status == "" || m.Status == status {
				items = append(items, domain.RestoreManualEntry(m))
			}
		}
	})
	return newestFirst(items, func(m domain.ManualEntry) id.ID { return m.Snapshot().ID }, request)
}

// movements returns all movements of a provider.
func (s *state) movements(provider string) (out []domain.Movement) {
	for _, p := range s.payments {
		if p.Provider == provider && p.Captured > 0 && p.ProviderRef != "" {
			out = append(out, domain.Movement{
				MovementKey: domain.MovementKey{Kind: domain.ChargeMovement, Ref: p.ProviderRef}, ID: p.ID,
				OrderID: p.OrderID, Currency: p.Amount.Currency(), Amount: p.Captured, Fee: s.feeOf(p), At: p.CreatedAt,
			})
		}
	}
	for _, r := range s.refunds {
		if r.Status == billing.RefundSucceeded && r.Amount.Amount() > 0 && r.ProviderRef != "" {
			out = append(out, domain.Movement{
				MovementKey: domain.MovementKey{Kind: domain.RefundMovement, Ref: r.ProviderRef}, ID: r.ID,
				OrderID: r.OrderID, Currency: r.Amount.Currency(), Amount: -r.Amount.Amount(), At: r.CreatedAt,
			})
		}
	}
	for _, d := range s.disputes {
		if d.Provider == provider {
			m := domain.Movement{
				MovementKey: domain.MovementKey{Kind: domain.DisputeMovement, Ref: d.ProviderRef}, ID: d.ID,
				OrderID: d.OrderID, Currency: d.Amount.Currency(), At: d.CreatedAt,
			}
			if domain.RestoreDispute(d).Withheld() {
				m.Amount = -d.Amount.Amount()
			}
			out = append(out, m)
		}
	}
	for _, p := range s.payouts {
		if p.Provider == provider {
			m := domain.Movement{
				MovementKey: domain.MovementKey{Kind: domain.PayoutMovement, Ref: p.ProviderRef}, ID: p.ID,
				Currency: p.Amount.Currency(), At: p.CreatedAt,
			}
			if p.Status == domain.PayoutPaid {
				m.Amount = -p.Amount.Amount()
			}
			out = append(out, m)
		}
	}
	return append(out, s.fees()...)
}

// fees returns the booked fees of no charge.
func (s *state) fees() (out []domain.Movement) {
	for _, e := range s.entries {
		if e.SourceType != domain.SourceFee || strings.HasSuffix(e.SourceID, "#fee") {
			continue
		}
		for _, p := range e.Postings {
			kind := domain.FeeMovement
			if p.Account == domain.DisputeFees {
				kind = domain.DisputeFeeMovement
			}
			if p.Account != domain.ProviderClearing {
				out = append(out, domain.Movement{
					MovementKey: domain.MovementKey{Kind: kind, Ref: e.SourceID}, ID: e.ID, OrderID: e.OrderID,
					Currency: p.Amount.Currency(), Amount: -p.Amount.Amount(), At: e.At,
				})
			}
		}
	}
	return out
}

// feeOf returns the booked fee of a payment.
func (s *state) feeOf(payment domain.PaymentSnapshot) (fee int64) {
	for _, e := range s.entries {
		if (e.SourceType == domain.SourcePayment && e.SourceID == payment.ID.String()) ||
			(e.SourceType == domain.SourceFee && e.SourceID == domain.ChargeFeeRef(payment.ProviderRef)) {
			for _, p := range e.Postings {
				if p.Account == domain.ProviderFees {
					fee += p.Amount.Amount()
				}
			}
		}
	}
	return fee
}

func compareMarks(a, b domain.MovementMark) int {
	return cmp.Or(a.At.Compare(b.At), bytes.Compare(a.ID[:], b.ID[:]))
}

// Within returns movements that were recorded in a period, the oldest first.
func (s *Store) Within(_ context.Context, p ports.Period, after *domain.MovementMark, limit int,
) (out []domain.Movement, err error) {
	mark := func(m domain.Movement) domain.MovementMark { return domain.MovementMark{At: m.At, ID: m.ID} }
	s.cell.View(func(st *state) { out = st.movements(p.Provider) })
	out = slices.DeleteFunc(out, func(m domain.Movement) bool {
		return m.At.Before(p.From) || !m.At.Before(p.To) || (after != nil && compareMarks(mark(m), *after) <= 0)
	})
	slices.SortFunc(out, func(a, b domain.Movement) int { return compareMarks(mark(a), mark(b)) })
	return out[:min(limit, len(out))], nil
}

// OfRefs returns the movements with one of the provider's references.
func (s *Store) OfRefs(_ context.Context, provider string, refs []string) (out []domain.Movement, err error) {
	s.cell.View(func(st *state) { out = st.movements(provider) })
	return slices.DeleteFunc(out, func(m domain.Movement) bool { return !slices.Contains(refs, m.Ref) }), nil
}
