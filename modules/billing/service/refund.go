package service

import (
	"context"
	"fmt"
	"slices"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
)

// Return refunds everything that is left of an order's captured payment, or of some of its lines, for the store itself.
func (s *Service) Return(ctx context.Context, r billing.Return) (billing.RefundResult, error) {
	o := billing.RefundOrder{OrderID: r.OrderID, Key: domain.KeyOf(r), Reason: r.Reason}
	return s.refund(ctx, o, func(payment *domain.Payment, content billing.InvoiceContent,
		earlier []domain.Refund,
	) (domain.Refund, error) {
		if len(r.LineIDs) > 0 {
			lines, err := domain.PlanLines(content, earlier, r.LineIDs)
			if err != nil {
				return domain.Refund{}, err
			}
			return payment.RefundLines(s.IDs.NewID(), r, lines, s.Clock.Now())
		}
		lines, err := domain.PlanAll(content, earlier, money.Of(payment.Held(), content.Total.Currency()))
		if err != nil {
			return domain.Refund{}, err
		}
		return payment.RefundWhole(s.IDs.NewID(), lines, r.Reason, s.Clock.Now()), nil
	})
}

// Refund refunds the items of a request.
func (s *Service) Refund(ctx context.Context, o billing.RefundOrder) (billing.RefundResult, error) {
	return s.refund(ctx, o, func(payment *domain.Payment, content billing.InvoiceContent,
		earlier []domain.Refund,
	) (domain.Refund, error) {
		lines, err := domain.PlanRefund(content, earlier, o.Items)
		if err != nil {
			return domain.Refund{}, err
		}
		return payment.Refund(s.IDs.NewID(), o, lines, s.Clock.Now())
	})
}

// planner makes the refund of a locked payment.
type planner func(
	payment *domain.Payment, content billing.InvoiceContent, earlier []domain.Refund,
) (domain.Refund, error)

// refund stores the refund that plan makes of an order's captured payment, then sends it to the provider.
func (s *Service) refund(
	ctx context.Context, o billing.RefundOrder, plan planner,
) (out billing.RefundResult, err error) {
	newest, found, err := s.Reader.Newest(ctx, o.OrderID)
	captured := found && newest.Status() == billing.Captured
	switch {
	case err != nil:
		return out, err
	case o.ReplayOnly && !captured:
		return out, billing.ErrNoRefund
	case !captured:
		return out, billing.ErrNotCaptured
	}
	var refund domain.Refund
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		payment, _, err := st.Payments.Lock(ctx, newest.Snapshot().ID)
		if err != nil {
			return err
		}
		refund, out.Replayed, err = s.made(ctx, st, payment, o)
		if err == nil && !out.Replayed {
			refund, err = s.insertRefund(ctx, st, payment, plan)
		}
		return err
	})
	if err != nil {
		return out, fmt.Errorf("insert refund: %w", err)
	}
	if err := s.sendRefund(ctx, refund); err != nil {
		return out, err
	}
	if out.Summary, err = s.summary(ctx, o.OrderID); err != nil {
		return out, err
	}
	for _, r := range out.Summary.Refunds {
		if r.ID == refund.Snapshot().ID {
			out.Refund = r
		}
	}
	return out, nil
}

// made returns the refund of a locked payment that an earlier call with the same request made.
func (s *Service) made(ctx context.Context, st ports.Stores, payment domain.Payment,
	o billing.RefundOrder,
) (refund domain.Refund, found bool, err error) {
	earlier, err := st.Refunds.Of(ctx, payment.Snapshot().ID)
	if err != nil {
		return domain.Refund{}, false, err
	}
	refund, found, err = payment.Made(earlier, o)
	if err == nil && !found && o.ReplayOnly {
		err = billing.ErrNoRefund
	}
	return refund, found, err
}

// insertRefund stores the refund that plan makes of a locked payment.
func (s *Service) insertRefund(ctx context.Context, st ports.Stores, payment domain.Payment,
	plan planner,
) (domain.Refund, error) {
	earlier, err := st.Refunds.Of(ctx, payment.Snapshot().ID)
	if err != nil {
		return domain.Refund{}, err
	}
	disputes, err := st.Disputes.Of(ctx, payment.Snapshot().ID)
	if err != nil {
		return domain.Refund{}, err
	}
	if slices.ContainsFunc(disputes, domain.Dispute.Withheld) {
		return domain.Refund{}, billing.ErrDisputed
	}
	invoice, err := st.Invoices.Of(ctx, payment.Snapshot().ID)
	if err != nil {
		return domain.Refund{}, err
	}
	refund, err := plan(&payment, invoice.Content, earlier)
	if err != nil {
		return refund, err
	}
	if err := st.Refunds.Insert(ctx, refund); err != nil {
		return refund, err
	}
	if err := st.Payments.Update(ctx, payment, ""); err != nil {
		return refund, err
	}
	if refund.Snapshot().Status != billing.RefundSucceeded {
		return refund, nil
	}
	if err := s.recordRefund(ctx, st, payment, refund); err != nil {
		return refund, err
	}
	return refund, s.publish(ctx, st, payment)
}

// publish publishes the state of the money of an order whose payment is locked and updated.
func (s *Service) publish(ctx context.Context, st ports.Stores, payment domain.Payment) error {
	state, err := st.Payments.State(ctx, payment.Snapshot().OrderID)
	if err != nil {
		return err
	}
	return st.Events.PaymentChanged(ctx, billing.PaymentChanged{PaymentState: state})
}

// recordRefund posts the journal entry of a succeeded refund and drafts its credit note.
func (s *Service) recordRefund(
	ctx context.Context, st ports.Stores, payment domain.Payment, refund domain.Refund,
) error {
	entry, err := refund.Book(s.IDs.NewID())
	if err != nil {
		return err
	}
	if !mutant.On("skip-refund-entry") {
		if err := post(ctx, st, entry); err != nil {
			return err
		}
	}
	if payment.Status() != billing.Captured || len(refund.Snapshot().Lines) == 0 {
		return nil // there is no invoice to correct
	}
	invoice, err := st.Invoices.Of(ctx, payment.Snapshot().ID)
	if err != nil {
		return err
	}
	note, err := domain.NewCreditNote(refund, invoice.WithSeller(s.Sellers))
	if err != nil {
		return err
	}
	if mutant.On("skip-credit-note-draft") {
		return nil
	}
	return st.Invoices.InsertDraft(ctx, note)
}

// refundLate stores the refund of a late capture; a sweep sends it.
func (s *Service) refundLate(ctx context.Context, st ports.Stores, payment *domain.Payment, reason string) error {
	return st.Refunds.Insert(ctx, payment.RefundWhole(s.IDs.NewID(), nil, reason, s.Clock.Now()))
}

// sendRefund sends a refund that is not final to the provider, always with the same key, and applies its outcome.
func (s *Service) sendRefund(ctx context.Context, refund domain.Refund) error {
	r := refund.Snapshot()
	if r.Status.Final() {
		return nil
	}
	payment, err := s.paymentOf(ctx, r)
	if err != nil {
		return err
	}
	request := ports.RefundRequest{
		Key: r.ID.String(), ProviderRef: payment.Snapshot().ProviderRef, PaymentID: r.PaymentID,
		RefundID: r.ID, Amount: r.Amount,
	}
	if mutant.On("refund-with-a-new-key") {
		request.Key = s.IDs.NewID().String()
	}
	outcome := s.Provider.Refund(ctx, request)
	if outcome.Cause != nil {
		s.Log.WarnContext(ctx, "the payment provider gave no clear response to a refund", "refund", r.ID,
			"cause", outcome.Cause)
	}
	return s.Work.Do(context.WithoutCancel(ctx), func(ctx context.Context, st ports.Stores) error {
		_, err := s.applyRefundOutcome(ctx, st, refundReport{r.PaymentID, r.ID, outcome, "provider.refund"})
		return err
	})
}

func (s *Service) paymentOf(ctx context.Context, r domain.RefundSnapshot) (payment domain.Payment, err error) {
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		payment, _, err = st.Payments.Lock(ctx, r.PaymentID)
		return err
	})
	return payment, err
}

// refundReport is the outcome of a refund with the cause for the order's history.
type refundReport struct {
	paymentID, refundID id.ID
	outcome             domain.RefundOutcome
	cause               string
}

// applyRefundOutcome locks the payment, applies the outcome of its refund, and publishes a change. It returns the zero
// refund when there is none.
func (s *Service) applyRefundOutcome(ctx context.Context, st ports.Stores, n refundReport) (domain.Refund, error) {
	payment, _, err := st.Payments.Lock(ctx, n.paymentID)
	if err != nil {
		return domain.Refund{}, err
	}
	refund, found, err := st.Refunds.Find(ctx, n.refundID)
	if err != nil || !found {
		return refund, err
	}
	before := refund.Snapshot().Status
	changed, err := refund.Apply(n.outcome, s.Clock.Now())
	if err != nil || before.Final() {
		return refund, err
	}
	if refund.Snapshot().Status == billing.RefundSucceeded {
		if err := s.recordRefund(ctx, st, payment, refund); err != nil {
			return refund, err
		}
	}
	if refund.Snapshot().Status == billing.RefundFailed {
		s.Log.ErrorContext(ctx, "a refund failed and needs a manual review", "refund", n.refundID, "payment", n.paymentID)
		if !mutant.On("count-a-failed-refund") {
			payment.RestoreFailedRefund(refund)
		}
	}
	if err := st.Refunds.Update(ctx, refund, n.cause); err != nil || !changed {
		return refund, err
	}
	if err := st.Payments.Update(ctx, payment, ""); err != nil {
		return refund, err
	}
	return refund, s.publish(ctx, st, payment)
}
