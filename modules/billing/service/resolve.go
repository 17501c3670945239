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

// review logs that a payment needs a manual review.
func (s *Service) review(ctx context.Context, payment domain.Payment, reason billing.ReviewReason) {
	p := payment.Snapshot()
	s.Log.WarnContext(ctx, "a payment needs a manual review", "payment", p.ID, "order", p.OrderID, "reason", reason)
}

// Settlement compares the store's records of an order's newest payment with the provider's.
func (s *Service) Settlement(ctx context.Context, orderID id.ID) (billing.Settlement, error) {
	payment, found, err := s.Reader.Newest(ctx, orderID)
	if err != nil || !found {
		return billing.Settlement{}, err
	}
	charge, err := s.chargeOf(ctx, payment)
	if err != nil {
		return billing.Settlement{}, err
	}
	p := payment.Snapshot()
	of := func(n int64) money.Money { return money.Of(n, p.Amount.Currency()) }
	out := billing.Settlement{
		Owed: p.Amount, Captured: of(p.Captured), Refunded: of(0), Disputed: of(0),
		ProviderCaptured: of(charge.Captured), ProviderRefunded: of(charge.Refunded),
	}
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		refunds, err := st.Refunds.Of(ctx, p.ID)
		if err != nil {
			return err
		}
		disputes, err := st.Disputes.Of(ctx, p.ID)
		out.Refunded, out.Disputed = of(domain.Out(refunds, nil)), of(domain.Out(nil, disputes))
		return err
	})
	return out, err
}

// chargeOf requests the charge of a payment from the provider's records; the zero charge when there is none.
func (s *Service) chargeOf(ctx context.Context, payment domain.Payment) (domain.ProviderCharge, error) {
	p := payment.Snapshot()
	if p.Provider != s.Provider.Name() {
		return domain.ProviderCharge{Captured: p.Captured, Refunded: p.Refunded}, nil
	}
	charges, err := s.Records.ChargesOf(ctx, p.OrderID)
	if err != nil {
		return domain.ProviderCharge{}, fmt.Errorf("read the provider's records: %w", err)
	}
	for _, c := range charges {
		if c.Ref == p.ProviderRef {
			return c, nil
		}
	}
	return domain.ProviderCharge{}, nil
}

// Resolve ends a manual review. It polls the provider first, so that the decision is about the provider's current
// state.
func (s *Service) Resolve(ctx context.Context, orderID id.ID, r billing.Resolution) (billing.PaymentSummary, error) {
	attempts, err := s.attempts(ctx, orderID)
	if err == nil && len(attempts) > 0 {
		err = s.resolveAttempts(ctx, attempts, r)
	}
	if err != nil {
		return billing.PaymentSummary{}, err
	}
	return s.summary(ctx, orderID)
}

// resolveAttempts resolves an order's payments, the newest first.
func (s *Service) resolveAttempts(ctx context.Context, attempts []domain.Payment, r billing.Resolution) error {
	newest := attempts[0]
	late := slices.DeleteFunc(attempts, func(p domain.Payment) bool {
		return p.Status() != billing.CapturedLate || (p.Held() == 0 && p.Snapshot().Claimed == nil)
	})
	sold := newest.Status() == billing.Captured || newest.Status() == billing.Mismatched
	switch {
	case len(late) > 0 && r == billing.Release:
		return billing.ErrHeld
	case len(late) > 0 && r == billing.Accept && !sold:
		return billing.ErrTooLate
	case len(late) == 0 || !newest.Status().Final() || sold:
		if err := s.resolveNewest(ctx, newest, r); err != nil {
			return err
		}
	}
	for _, payment := range late {
		if err := s.retryLateRefund(ctx, payment); err != nil {
			return err
		}
	}
	return nil
}

// attempts returns an order's payments, the newest first and after a poll of the provider.
func (s *Service) attempts(ctx context.Context, orderID id.ID) ([]domain.Payment, error) {
	attempts, err := s.Reader.Attempts(ctx, orderID)
	if err != nil || len(attempts) == 0 || attempts[0].Status().Final() {
		return attempts, err
	}
	newest := attempts[0].Snapshot()
	outcome, known := s.Provider.Find(ctx, request(newest))
	if !known {
		return attempts, nil
	}
	if err := s.applyOutcome(ctx, newest.ID, outcome, "provider.find"); err != nil {
		return nil, err
	}
	return s.Reader.Attempts(ctx, orderID)
}

func (s *Service) resolveNewest(ctx context.Context, payment domain.Payment, r billing.Resolution) error {
	charge, err := s.chargeOf(ctx, payment)
	if err != nil {
		return err
	}
	var refund *domain.Refund
	err = s.Work.Do(context.WithoutCancel(ctx), func(ctx context.Context, st ports.Stores) (err error) {
		payment, _, err = st.Payments.Lock(ctx, payment.Snapshot().ID)
		if err != nil {
			return err
		}
		refund, err = s.resolve(ctx, st, &payment, resolution{Resolution: r, charge: charge})
		return err
	})
	if err == nil && refund != nil {
		err = s.sendRefund(ctx, *refund)
	}
	return err
}

// retryLateRefund refunds a late capture again, after a refund of it failed or the provider claimed another amount.
func (s *Service) retryLateRefund(ctx context.Context, payment domain.Payment) error {
	charge, err := s.chargeOf(ctx, payment)
	if err != nil {
		return err
	}
	var refund *domain.Refund
	err = s.Work.Do(context.WithoutCancel(ctx), func(ctx context.Context, st ports.Stores) error {
		payment, _, err := st.Payments.Lock(ctx, payment.Snapshot().ID)
		if err != nil {
			return err
		}
		switch {
		case payment.Snapshot().Claimed != nil:
			if err := s.correct(ctx, st, &payment, charge); err != nil {
				return err
			}
		case payment.Held() == 0:
			return nil
		default:
			payment.MarkResolved(s.Clock.Now())
		}
		disputes, err := st.Disputes.Of(ctx, payment.Snapshot().ID)
		if err != nil {
			return err
		}
		left, err := payment.Refundable(disputes)
		if err != nil {
			return err
		}
		if refund, err = s.refundLeft(ctx, st, &payment, domain.Left{Amount: left}); err != nil {
			return err
		}
		return st.Payments.Update(ctx, payment, "resolution")
	})
	if err == nil && refund != nil {
		err = s.sendRefund(ctx, *refund)
	}
	return err
}

// refundLeft stores the refund of what is left of a locked payment. There is none when nothing is left.
func (s *Service) refundLeft(ctx context.Context, st ports.Stores, payment *domain.Payment,
	left domain.Left,
) (*domain.Refund, error) {
	if left.Amount == 0 {
		return nil, nil
	}
	left.Reason = "the store's staff refunded the order"
	refund := payment.RefundLeft(s.IDs.NewID(), left, s.Clock.Now())
	return &refund, st.Refunds.Insert(ctx, refund)
}

// resolution is the decision of staff about a payment, with its charge at the provider, its refunds and its disputes.
type resolution struct {
	billing.Resolution
	charge   domain.ProviderCharge
	refunds  []domain.Refund
	disputes []domain.Dispute
}

func (r resolution) out() int64 { return domain.Out(r.refunds, r.disputes) }

// refundsSale reports whether the refunds exceed what was captured beyond the total.
func (r resolution) refundsSale(total money.Money) bool {
	return domain.Out(r.refunds, nil) > max(r.charge.Captured-total.Amount(), 0)
}

// resolve applies a resolution to a locked payment, and returns the refund to send, if any.
func (s *Service) resolve(ctx context.Context, st ports.Stores, payment *domain.Payment,
	r resolution,
) (*domain.Refund, error) {
	var err error
	if r.refunds, err = st.Refunds.Of(ctx, payment.Snapshot().ID); err != nil {
		return nil, err
	}
	if r.disputes, err = st.Disputes.Of(ctx, payment.Snapshot().ID); err != nil {
		return nil, err
	}
	_, disputed := payment.Refundable(r.disputes)
	known := payment.Snapshot()
	switch {
	case known.Provider == domain.Free:
		return nil, nil
	case known.Status == billing.CapturedLate && r.Resolution != billing.Accept:
		payment.MarkResolved(s.Clock.Now()) // its refunds are made by retryLateRefund
		payment.AcceptOut(r.out())
		return nil, st.Payments.Update(ctx, *payment, "resolution")
	case r.Resolution == billing.Release:
		return nil, s.release(ctx, st, payment, r.charge)
	case !known.Status.Final() && r.Resolution == billing.RefundAll && r.charge.Captured == 0:
		return nil, billing.ErrUnresolved
	case r.charge.Captured == 0 || (known.Status != billing.Captured && known.Status != billing.Mismatched):
		return nil, billing.ErrNothingTaken
	case known.Status == billing.Mismatched && r.Resolution == billing.Accept && r.refundsSale(known.Amount) &&
		!mutant.On("accept-a-refunded-payment"):
		return nil, billing.ErrRefunded
	case r.Resolution == billing.RefundAll && disputed != nil:
		return nil, disputed
	case known.Status == billing.Mismatched && r.Resolution == billing.RefundAll:
		return s.refundMismatched(ctx, st, payment, r)
	}
	if err := s.accept(ctx, st, payment, r); err != nil {
		return nil, err
	}
	return s.refundAfter(ctx, st, payment, r)
}

// accept takes what the provider captured as the payment of the order's total.
func (s *Service) accept(ctx context.Context, st ports.Stores, payment *domain.Payment, r resolution) error {
	now := s.Clock.Now()
	sale := payment.Status() == billing.Mismatched
	draft := domain.Draft{}
	if sale {
		draft = domain.NewDraft(*payment, s.Sellers)
	}
	entry, err := payment.Accept(s.IDs.NewID(), domain.Acceptance{
		Captured: r.charge.Captured, Refunded: domain.Out(r.refunds, nil), Out: r.out(),
	}, now)
	if err != nil {
		return err
	}
	if err := post(ctx, st, entry); err != nil {
		return err
	}
	if sale {
		draft.CapturedAt = now
		if err := st.Invoices.InsertDraft(ctx, draft); err != nil {
			return err
		}
	}
	payment.DropInvoiceContent()
	return st.Payments.Update(ctx, *payment, "resolution")
}

// refundAfter refunds the excess of an accepted payment, and with RefundAll everything that is left. It returns one
// refund to send now; a sweep sends the other one.
func (s *Service) refundAfter(ctx context.Context, st ports.Stores, payment *domain.Payment,
	r resolution,
) (*domain.Refund, error) {
	refund, err := s.refundExcess(ctx, st, payment, r)
	if err != nil {
		return nil, err
	}
	if r.Resolution == billing.RefundAll {
		rest, err := s.refundSale(ctx, st, payment, r)
		if err != nil {
			return nil, err
		}
		if rest != nil {
			refund = rest
		}
	}
	if refund == nil {
		return nil, nil
	}
	return refund, st.Payments.Update(ctx, *payment, "")
}

// refundExcess stores the refund of what was captured beyond the payment's amount and is not refunded.
func (s *Service) refundExcess(ctx context.Context, st ports.Stores, payment *domain.Payment,
	r resolution,
) (*domain.Refund, error) {
	excess, err := payment.Excess(r.refunds)
	if err != nil {
		return nil, err
	}
	excess = min(excess, payment.Held())
	if r.Resolution == billing.RefundAll {
		left, err := payment.Refundable(r.disputes)
		if err != nil {
			return nil, err
		}
		excess = min(excess, left)
	}
	if excess == 0 || (r.Resolution == billing.Accept && mutant.On("keep-an-accepted-excess")) {
		return nil, nil
	}
	refund := payment.RefundExcess(s.IDs.NewID(), excess, s.Clock.Now())
	return &refund, st.Refunds.Insert(ctx, refund)
}

// refundSale stores the refund of everything that is left of a sale.
func (s *Service) refundSale(ctx context.Context, st ports.Stores, payment *domain.Payment,
	r resolution,
) (*domain.Refund, error) {
	left, err := payment.Refundable(r.disputes)
	if err != nil {
		return nil, err
	}
	invoice, err := st.Invoices.Of(ctx, payment.Snapshot().ID)
	if err != nil {
		return nil, err
	}
	lines, err := domain.PlanAmount(invoice.Content, r.refunds, money.Of(left, payment.Snapshot().Amount.Currency()))
	if err != nil {
		return nil, err
	}
	return s.refundLeft(ctx, st, payment, domain.Left{Amount: left, Lines: lines})
}
