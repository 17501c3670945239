package service

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
)

// tryAgain is when an event for something unknown is tried again first; later ever less often.
const firstRetry = time.Second

// ReceiveWebhook takes a provider's news: it is checked, kept once and applied in one transaction. News of a payment
// that is not known is kept, and tried again.
func (s *Service) ReceiveWebhook(ctx context.Context, provider, signature string, body []byte) error {
	if provider != s.Provider.Name() {
		return domain.ErrNoProvider
	}
	event, err := s.Webhooks.Open(signature, body, s.Clock.Now())
	if err != nil {
		return err
	}
	event.ReceivedAt = s.Clock.Now()
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		fresh, err := st.Inbox.Insert(ctx, event)
		if err != nil || !fresh {
			return err
		}
		return s.deliver(ctx, st, event)
	})
}

// deliver applies a kept event, or puts it off.
func (s *Service) deliver(ctx context.Context, st ports.Stores, event ports.Event) error {
	now := s.Clock.Now()
	known, err := s.applyEvent(ctx, st, event)
	if err != nil {
		return err
	}
	if known || event.Other {
		return st.Inbox.Applied(ctx, event, now)
	}
	age := now.Sub(event.ReceivedAt)
	if (event.PaymentID == id.Nil && event.PaymentRef == "") || age >= s.RetryFor {
		return st.Inbox.Postpone(ctx, event, nil)
	}
	next := now.Add(max(firstRetry, age))
	return st.Inbox.Postpone(ctx, event, &next)
}

// open applies an event to what it is about, if that is known, and tells what has changed.
func (s *Service) applyEvent(ctx context.Context, st ports.Stores, event ports.Event) (known bool, err error) {
	if event.Other {
		return false, nil
	}
	payment, found, err := s.paymentOfEvent(ctx, st, event)
	if err != nil || !found {
		return false, err
	}
	if event.Dispute != nil {
		return s.dispute(ctx, st, payment, *event.Dispute)
	}
	if event.Refund != nil {
		return s.refunded(ctx, st, payment, event)
	}
	changed, err := s.apply(ctx, st, &payment, report{event.Outcome, "webhook"})
	if err != nil || !changed || mutant.On("publish-no-payment-change") {
		return true, err
	}
	return true, s.publish(ctx, st, payment)
}

// refunded applies what a provider says of a refund of a locked payment. A refund that is not ours, whatever ID the event
// gives it, is one that the provider made by itself.
func (s *Service) refunded(ctx context.Context, st ports.Stores, payment domain.Payment,
	event ports.Event,
) (known bool, err error) {
	if event.RefundID != id.Nil {
		refund, err := s.applyRefundOutcome(ctx, st, refundReport{payment.Snapshot().ID, event.RefundID, *event.Refund, "webhook"})
		if err != nil || refund.Snapshot().ID != id.Nil {
			return true, err
		}
	}
	return s.recordExternal(ctx, st, payment, *event.Refund)
}

// paymentOfEvent locks the payment that an event is about: by our ID, or by the provider's name for it.
func (s *Service) paymentOfEvent(ctx context.Context, st ports.Stores,
	event ports.Event,
) (domain.Payment, bool, error) {
	if event.PaymentID != id.Nil {
		return st.Payments.Lock(ctx, event.PaymentID)
	}
	if event.PaymentRef == "" {
		return domain.Payment{}, false, nil
	}
	return st.Payments.LockByRef(ctx, event.Provider, event.PaymentRef)
}

// retryEvent tries a kept event again.
func (s *Service) retryEvent(ctx context.Context, kept ports.Event) error {
	event, err := s.Webhooks.Read(kept.Body)
	if err != nil {
		return fmt.Errorf("read kept webhook %s: %w", kept.ID, err)
	}
	event.ReceivedAt = kept.ReceivedAt
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error { return s.deliver(ctx, st, event) })
}
