package memory

import (
	"context"
	"errors"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/money"
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

// Confirm stores the event of a capture that is stored already.
func (s *Store) Confirm(ctx context.Context, event ports.Event, at time.Time) (confirmed bool, err error) {
	err = s.cell.Update(func(st *state) error {
		_, known := st.webhooks[keyOf(event)]
		p := st.payments[event.PaymentID]
		same := p.Status == billing.Captured && p.Provider == event.Provider &&
			money.Of(p.Captured, p.Amount.Currency()) == *event.Outcome.Amount
		if confirmed = !known && same; !confirmed {
			return nil
		}
		_, err := inbox{st}.Insert(ctx, event)
		return errors.Join(err, inbox{st}.Applied(ctx, event, at))
	})
	return confirmed && err == nil, err
}
