package service

import (
	"context"
	"fmt"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
)

// Refund gives all of an order's captured payment back: it is written down, then the provider is asked.
func (s *Service) Refund(ctx context.Context, orderID id.ID, reason string) (billing.Refund, error) {
	newest, found, err := s.Books.Newest(ctx, orderID)
	if err != nil {
		return billing.Refund{}, err
	}
	if !found || newest.Status() != billing.Captured {
		return billing.Refund{}, domain.ErrCaptured
	}
	var refund domain.Refund
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		payment, _, err := st.Payments.Lock(ctx, newest.Snapshot().ID)
		if err != nil {
			return err
		}
		refund, err = s.written(ctx, st, &payment, reason)
		return err
	})
	if err != nil {
		return billing.Refund{}, fmt.Errorf("write down refund: %w", err)
	}
	return s.askBack(ctx, refund)
}

// written returns the refund of a locked payment, which it writes down unless it is there.
func (s *Service) written(ctx context.Context, st ports.Stores, payment *domain.Payment, reason string) (domain.Refund, error) {
	returned := *payment
	fresh := returned.Return(s.IDs.NewID(), reason, s.Clock.Now())
	refund, err := st.Refunds.Insert(ctx, fresh)
	if err != nil || refund.Snapshot().ID != fresh.Snapshot().ID {
		return refund, err
	}
	*payment = returned
	return refund, st.Payments.Update(ctx, *payment, "")
}

// giveBack writes down that a locked payment goes back; a sweep does it.
func (s *Service) giveBack(ctx context.Context, st ports.Stores, payment *domain.Payment, reason string) error {
	_, err := st.Refunds.Insert(ctx, payment.Return(s.IDs.NewID(), reason, s.Clock.Now()))
	return err
}

// askBack puts a refund that is not final to the provider, always with the same key.
func (s *Service) askBack(ctx context.Context, refund domain.Refund) (billing.Refund, error) {
	r := refund.Snapshot()
	if r.Status.Final() {
		return refund.View(), nil
	}
	payment, err := s.paymentOf(ctx, r)
	if err != nil {
		return billing.Refund{}, err
	}
	outcome := s.Provider.Refund(ctx, ports.RefundRequest{
		Key: r.ID.String(), ProviderRef: payment.Snapshot().ProviderRef, PaymentID: r.PaymentID, RefundID: r.ID, Amount: r.Amount,
	})
	if outcome.Cause != nil {
		s.Log.WarnContext(ctx, "the payment provider gave no clear answer about a refund", "refund", r.ID, "cause", outcome.Cause)
	}
	err = s.Work.Do(context.WithoutCancel(ctx), func(ctx context.Context, st ports.Stores) error {
		var err error
		refund, err = s.settleRefund(ctx, st, refundNews{r.PaymentID, r.ID, outcome, "provider.refund"})
		return err
	})
	return refund.View(), err
}

func (s *Service) paymentOf(ctx context.Context, r domain.RefundSnapshot) (payment domain.Payment, err error) {
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		payment, _, err = st.Payments.Lock(ctx, r.PaymentID)
		return err
	})
	return payment, err
}

// refundNews is what a provider says of a refund, and on which occasion.
type refundNews struct {
	paymentID, refundID id.ID
	outcome             domain.RefundOutcome
	cause               string
}

// settleRefund locks the payment, then writes the provider's word on its refund down and tells it.
func (s *Service) settleRefund(ctx context.Context, st ports.Stores, n refundNews) (domain.Refund, error) {
	payment, _, err := st.Payments.Lock(ctx, n.paymentID)
	if err != nil {
		return domain.Refund{}, err
	}
	refund, found, err := st.Refunds.Find(ctx, n.refundID)
	if err != nil || !found {
		return refund, err
	}
	before := refund.Snapshot().Status
	changed := refund.Apply(n.outcome, s.Clock.Now())
	if before.Final() {
		return refund, nil
	}
	if refund.Snapshot().Status == billing.RefundFailed {
		s.Log.ErrorContext(ctx, "a refund failed; a person must look at it", "refund", n.refundID, "payment", n.paymentID)
		payment.Keep(refund)
		if err := st.Payments.Update(ctx, payment, ""); err != nil {
			return refund, err
		}
	}
	if err := st.Refunds.Update(ctx, refund, n.cause); err != nil || !changed {
		return refund, err
	}
	return refund, st.News.PaymentChanged(ctx, billing.PaymentChanged{OrderID: refund.Snapshot().OrderID})
}
