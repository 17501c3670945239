// Package service holds the use cases of billing.
package service

import (
	"context"
	"fmt"
	"log/slog"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/clock"
	"coinslot/platform/id"
)

// Deps is what the use cases work with.
type Deps struct {
	Work     ports.UnitOfWork
	Books    ports.Books
	Provider ports.PaymentProvider
	Webhooks ports.Webhooks
	Renderer ports.Renderer
	Clock    clock.Clock
	IDs      id.Source
	Log      *slog.Logger
	Batch    int // how many invoices are numbered at once
}

// Service is billing's use cases.
type Service struct{ Deps }

// New returns the use cases.
func New(deps Deps) *Service { return &Service{deps} }

// Charge makes one attempt to take an order's money: it is written down, then the provider is asked, then the answer
// is written down. Between the two transactions nothing is locked and no connection is held.
func (s *Service) Charge(ctx context.Context, c billing.Charge) (billing.Payment, error) {
	fresh := domain.NewPayment(s.IDs.NewID(), c, s.Provider.Name(), s.Clock.Now())
	draft := domain.NewDraft(fresh)
	free := fresh.Status() == billing.Captured // a free order is captured as it is written down
	if free {
		fresh.DropPaper()
	}
	var payment domain.Payment
	err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) (err error) {
		payment, err = st.Payments.Insert(ctx, fresh)
		if err != nil || !free || payment.Snapshot().ID != draft.ID {
			return err
		}
		return st.Invoices.InsertDraft(ctx, draft)
	})
	if err != nil {
		return billing.Payment{}, fmt.Errorf("write down payment: %w", err)
	}
	return s.ask(ctx, payment)
}

// Resume takes an order's newest payment further.
func (s *Service) Resume(ctx context.Context, orderID id.ID) (billing.Payment, bool, error) {
	payment, found, err := s.Books.Newest(ctx, orderID)
	if err != nil || !found {
		return billing.Payment{}, false, err
	}
	view, err := s.ask(ctx, payment)
	return view, true, err
}

// ask puts a payment that is not final to the provider. The same key makes the question harmless: a provider that
// knows the attempt tells how it ended, and one that never heard of it makes it now.
func (s *Service) ask(ctx context.Context, payment domain.Payment) (billing.Payment, error) {
	p := payment.Snapshot()
	if p.Status.Final() {
		return payment.View(), nil
	}
	outcome := s.Provider.Charge(ctx, ports.ChargeRequest{
		Key: p.ID.String(), OrderID: p.OrderID, PaymentID: p.ID, Amount: p.Amount, Method: p.Method,
	})
	return s.settle(ctx, p.ID, outcome)
}

// settle writes the provider's word down. The buyer's cancellation does not reach it: what the provider has said
// must not be lost.
func (s *Service) settle(ctx context.Context, paymentID id.ID, outcome domain.Outcome) (billing.Payment, error) {
	if outcome.Status == billing.Unknown {
		s.Log.WarnContext(ctx, "the payment provider gave no clear answer", "payment", paymentID, "cause", outcome.Cause)
	}
	var view billing.Payment
	err := s.Work.Do(context.WithoutCancel(ctx), func(ctx context.Context, st ports.Stores) error {
		payment, found, err := st.Payments.Lock(ctx, paymentID)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("payment %s is not in the books", paymentID)
		}
		_, err = s.apply(ctx, st, &payment, outcome)
		view = payment.View()
		return err
	})
	return view, err
}

// apply changes a locked payment and drafts the invoice when it is captured.
func (s *Service) apply(ctx context.Context, st ports.Stores, payment *domain.Payment, outcome domain.Outcome) (bool, error) {
	before := payment.Status()
	changed := payment.Apply(outcome, s.Clock.Now())
	if before.Final() {
		return false, nil
	}
	if payment.Status() == billing.Captured {
		if err := st.Invoices.InsertDraft(ctx, domain.NewDraft(*payment)); err != nil {
			return false, err
		}
	}
	if payment.Status().Final() {
		payment.DropPaper()
	}
	return changed, st.Payments.Update(ctx, *payment)
}

// Cancel ends an order's newest payment when the buyer has yet to confirm it. One whose outcome is not known stays as
// it is: to ask might be to charge.
func (s *Service) Cancel(ctx context.Context, orderID id.ID) (billing.Payment, bool, error) {
	newest, found, err := s.Books.Newest(ctx, orderID)
	if err != nil || !found || newest.Status() != billing.RequiresAction {
		return newest.View(), found, err
	}
	p := newest.Snapshot()
	payment, err := s.settle(ctx, p.ID, s.Provider.Cancel(ctx, p.ProviderRef))
	return payment, true, err
}

// Bills returns what there is about orders.
func (s *Service) Bills(ctx context.Context, orderIDs []id.ID) (map[id.ID]billing.Bill, error) {
	if len(orderIDs) == 0 {
		return nil, nil
	}
	return s.Books.Bills(ctx, orderIDs)
}

// ReceiveWebhook takes a provider's news: it is checked, kept once and applied in one transaction. News of a payment
// that is not known yet is kept for later.
func (s *Service) ReceiveWebhook(ctx context.Context, provider, signature string, body []byte) error {
	if provider != s.Provider.Name() {
		return domain.ErrNoProvider
	}
	event, err := s.Webhooks.Open(signature, body, s.Clock.Now())
	if err != nil {
		return err
	}
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		now := s.Clock.Now()
		fresh, err := st.Inbox.Insert(ctx, event, now)
		if err != nil || !fresh {
			return err
		}
		payment, found, err := st.Payments.Lock(ctx, event.PaymentID)
		if err != nil || !found {
			return err
		}
		changed, err := s.apply(ctx, st, &payment, event.Outcome)
		if err != nil {
			return err
		}
		if changed {
			if err := st.News.PaymentChanged(ctx, billing.PaymentChanged{OrderID: payment.Snapshot().OrderID}); err != nil {
				return err
			}
		}
		return st.Inbox.Applied(ctx, event, now)
	})
}
