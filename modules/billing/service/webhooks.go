package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
)

// firstRetry is the delay before the first retry of an event. It grows with the age of the event.
const firstRetry = time.Second

// ReceiveWebhook verifies a provider's event, stores it once and applies it in one transaction. An event of an unknown
// payment is stored and retried.
func (s *Service) ReceiveWebhook(ctx context.Context, provider, signature string, body []byte) error {
	if provider != s.Provider.Name() {
		return domain.ErrNoProvider
	}
	fresh, err := s.receive(ctx, signature, body)
	if s.Received != nil {
		s.Received(ctx, received(fresh, err))
	}
	return err
}

// received returns the result of a webhook: stored, duplicate, rejected (not authentic or not an event) or failed.
func received(fresh bool, err error) string {
	switch {
	case errors.Is(err, domain.ErrSignature), errors.Is(err, domain.ErrEvent):
		return "rejected"
	case err != nil:
		return "failed"
	case fresh:
		return "stored"
	}
	return "duplicate"
}

func (s *Service) receive(ctx context.Context, signature string, body []byte) (fresh bool, err error) {
	event, err := s.Webhooks.Open(signature, body, s.Clock.Now())
	if err != nil {
		return false, err
	}
	event.ReceivedAt = s.Clock.Now()
	if s.confirm(ctx, event) {
		return true, nil
	}
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) (err error) {
		if fresh, err = st.Inbox.Insert(ctx, event); err != nil || !fresh {
			return err
		}
		return s.deliver(ctx, st, event)
	})
	return fresh, err
}

// confirm stores the event of a capture that billing has stored already, in one statement. False: the event is not that,
// or has been received before, and nothing is stored; or that is not known.
func (s *Service) confirm(ctx context.Context, event ports.Event) bool {
	if event.PaymentID == id.Nil || !event.AboutPayment() {
		return false
	}
	s.flights.wait(ctx, event.PaymentID, s.WebhookPatience)
	if event.Outcome.Status != billing.Captured || event.Outcome.Amount == nil {
		return false
	}
	confirmed, err := s.Charges.Confirm(ctx, event, s.Clock.Now())
	if err != nil {
		s.Log.DebugContext(ctx, "a webhook could not be stored in one statement", "event", event.ID, "cause", err)
	}
	return confirmed && err == nil
}

// deliver applies a stored event, or postpones it.
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

// applyEvent applies an event to its payment, refund or dispute, and publishes the change. known is false when it
// cannot be applied yet.
func (s *Service) applyEvent(ctx context.Context, st ports.Stores, event ports.Event) (known bool, err error) {
	if event.Other {
		return false, nil
	}
	switch {
	case event.Payout != nil:
		return true, s.applyPayout(ctx, st, event.Provider, *event.Payout)
	case event.Fee != nil:
		return true, s.applyFee(ctx, st, *event.Fee)
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
	if err != nil || !changed || mutant.On("skip-payment-changed-event") {
		return true, err
	}
	return true, s.publish(ctx, st, payment)
}

// refunded applies an event of a refund of a locked payment. A refund that the store did not make, whatever ID the
// event has, was made by the provider itself.
func (s *Service) refunded(ctx context.Context, st ports.Stores, payment domain.Payment,
	event ports.Event,
) (known bool, err error) {
	if event.RefundID != id.Nil {
		report := refundReport{payment.Snapshot().ID, event.RefundID, *event.Refund, "webhook"}
		refund, err := s.applyRefundOutcome(ctx, st, report)
		if err != nil || refund.Snapshot().ID != id.Nil {
			return true, err
		}
	}
	return s.recordExternal(ctx, st, payment, *event.Refund)
}

// paymentOfEvent locks the payment of an event, by its ID or by the provider's reference.
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

// retryEvent applies a stored event again.
func (s *Service) retryEvent(ctx context.Context, stored ports.Event) error {
	event, err := s.Webhooks.Read(stored.Body)
	if err != nil {
		return fmt.Errorf("read stored event %s: %w", stored.ID, err)
	}
	event.ReceivedAt = stored.ReceivedAt
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error { return s.deliver(ctx, st, event) })
}
