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

// Return refunds all that is left of an order's captured payment, or of some of its lines: it is written down, then the
// provider is asked.
func (s *Service) Return(ctx context.Context, r billing.Return) (billing.Refund, error) {
	o := billing.RefundOrder{OrderID: r.OrderID, Key: domain.KeyOf(r), Reason: r.Reason}
	return s.refund(ctx, o, func(payment *domain.Payment, paper billing.Paper,
		earlier []domain.Refund,
	) (domain.Refund, error) {
		if len(r.LineIDs) > 0 {
			lines, err := domain.PlanLines(paper, earlier, r.LineIDs)
			if err != nil {
				return domain.Refund{}, err
			}
			return payment.ReturnLines(s.IDs.NewID(), r, lines, s.Clock.Now())
		}
		lines, err := domain.PlanAll(paper, earlier, money.Of(payment.Held(), paper.Total.Currency()))
		if err != nil {
			return domain.Refund{}, err
		}
		return payment.Return(s.IDs.NewID(), lines, r.Reason, s.Clock.Now()), nil
	})
}

// Refund gives what an order asks for back.
func (s *Service) Refund(ctx context.Context, o billing.RefundOrder) (billing.Refund, error) {
	return s.refund(ctx, o, func(payment *domain.Payment, paper billing.Paper,
		earlier []domain.Refund,
	) (domain.Refund, error) {
		lines, err := domain.PlanRefund(paper, earlier, o.Items)
		if err != nil {
			return domain.Refund{}, err
		}
		return payment.Refund(s.IDs.NewID(), o, lines, s.Clock.Now())
	})
}

// RefundByKey returns the refund that an account asked for with a key.
func (s *Service) RefundByKey(ctx context.Context, requestedBy id.ID, key string,
	bodyHash []byte,
) (billing.Refund, bool, error) {
	refund, found, err := s.Books.RefundByKey(ctx, requestedBy, key)
	if err != nil || !found {
		return billing.Refund{}, false, err
	}
	if _, err := refund.Asked(requestedBy, key, bodyHash); err != nil {
		return billing.Refund{}, true, err
	}
	return refund.View(), true, nil
}

// planner makes a refund of a locked payment.
type planner func(payment *domain.Payment, paper billing.Paper, earlier []domain.Refund) (domain.Refund, error)

// refund writes down what plan makes of an order's captured payment, then asks the provider.
func (s *Service) refund(ctx context.Context, o billing.RefundOrder, plan planner) (billing.Refund, error) {
	newest, found, err := s.Books.Newest(ctx, o.OrderID)
	if err != nil {
		return billing.Refund{}, err
	}
	if !found || newest.Status() != billing.Captured {
		return billing.Refund{}, billing.ErrNotCaptured
	}
	var refund domain.Refund
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		payment, _, err := st.Payments.Lock(ctx, newest.Snapshot().ID)
		if err != nil {
			return err
		}
		refund, err = s.written(ctx, st, payment, o, plan)
		return err
	})
	if err != nil {
		return billing.Refund{}, fmt.Errorf("write down refund: %w", err)
	}
	return s.askBack(ctx, refund)
}

// written returns the refund of a locked payment that an order asks for, which it writes down unless it is there. The
// lock lets two refunds of one thing see each other.
func (s *Service) written(ctx context.Context, st ports.Stores, payment domain.Payment, o billing.RefundOrder,
	plan planner,
) (domain.Refund, error) {
	earlier, err := st.Refunds.Of(ctx, payment.Snapshot().ID)
	if err != nil {
		return domain.Refund{}, err
	}
	if made, found, err := payment.Made(earlier, o); found || err != nil {
		return made, err
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
	refund, err := plan(&payment, invoice.Paper, earlier)
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
	if err := s.gone(ctx, st, payment, refund); err != nil {
		return refund, err
	}
	return refund, st.News.PaymentChanged(ctx, billing.PaymentChanged{OrderID: o.OrderID})
}

// gone books a refund that has gone back, and drafts its credit note.
func (s *Service) gone(ctx context.Context, st ports.Stores, payment domain.Payment, refund domain.Refund) error {
	entry, err := refund.Book(s.IDs.NewID())
	if err != nil {
		return err
	}
	if !mutant.On("book-no-refund") {
		if err := post(ctx, st, entry); err != nil {
			return err
		}
	}
	if payment.Status() != billing.Captured || len(refund.Snapshot().Lines) == 0 {
		return nil // it never was a sale: there is no invoice to correct
	}
	invoice, err := st.Invoices.Of(ctx, payment.Snapshot().ID)
	if err != nil {
		return err
	}
	note, err := domain.NewCreditNote(refund, invoice.Named(s.Sellers))
	if err != nil {
		return err
	}
	if mutant.On("draft-no-credit-note") {
		return nil
	}
	return st.Invoices.InsertDraft(ctx, note)
}

// giveBack writes down that a locked payment that is no sale goes back; a sweep does it.
func (s *Service) giveBack(ctx context.Context, st ports.Stores, payment *domain.Payment, reason string) error {
	return st.Refunds.Insert(ctx, payment.Return(s.IDs.NewID(), nil, reason, s.Clock.Now()))
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
	request := ports.RefundRequest{
		Key: r.ID.String(), ProviderRef: payment.Snapshot().ProviderRef, PaymentID: r.PaymentID,
		RefundID: r.ID, Amount: r.Amount,
	}
	if mutant.On("refund-with-a-new-key") {
		request.Key = s.IDs.NewID().String()
	}
	outcome := s.Provider.Refund(ctx, request)
	if outcome.Cause != nil {
		s.Log.WarnContext(ctx, "the payment provider gave no clear answer about a refund", "refund", r.ID,
			"cause", outcome.Cause)
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
	changed, err := refund.Apply(n.outcome, s.Clock.Now())
	if err != nil || before.Final() {
		return refund, err
	}
	if refund.Snapshot().Status == billing.RefundSucceeded {
		if err := s.gone(ctx, st, payment, refund); err != nil {
			return refund, err
		}
	}
	if refund.Snapshot().Status == billing.RefundFailed {
		s.Log.ErrorContext(ctx, "a refund failed; a person must look at it", "refund", n.refundID, "payment", n.paymentID)
		if !mutant.On("count-a-failed-refund") {
			payment.Keep(refund)
		}
		if err := st.Payments.Update(ctx, payment, ""); err != nil {
			return refund, err
		}
	}
	if err := st.Refunds.Update(ctx, refund, n.cause); err != nil || !changed {
		return refund, err
	}
	return refund, st.News.PaymentChanged(ctx, billing.PaymentChanged{OrderID: refund.Snapshot().OrderID})
}
