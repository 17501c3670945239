package memory

import (
	"context"
	"errors"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
)

// Request stores the first attempt of an order.
func (s *Store) Request(ctx context.Context, payment domain.Payment) (requested bool, err error) {
	p := payment.Snapshot()
	err = s.cell.Update(func(st *state) error {
		_, found := st.newest(p.OrderID)
		if requested = !found && !st.erased[p.AccountID]; !requested {
			return nil
		}
		_, err := payments{st}.Insert(ctx, payment)
		return err
	})
	return requested && err == nil, err
}

// Settle stores the capture of a first attempt.
func (s *Store) Settle(ctx context.Context, c ports.Settlement) (out billing.PaymentSummary, settled bool, err error) {
	p := c.Payment.Snapshot()
	err = s.cell.Update(func(st *state) error {
		stored := st.payments[p.ID]
		if settled = stored.Status == billing.Requested && stored.Sends == p.Sends && !st.erased[p.AccountID]; !settled {
			return nil
		}
		err := errors.Join(ledger{st}.Post(ctx, c.Entry), invoices{st}.InsertDraft(ctx, c.Draft),
			payments{st}.Update(ctx, c.Payment, c.Cause))
		out = domain.SettledSummary(c.Payment, st.revisions[p.OrderID], c.Draft)
		return errors.Join(err, st.unbalanced())
	})
	return out, settled && err == nil, err
}
