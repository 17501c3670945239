package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
	"coinslot/platform/page"
)

// affected is a charge of the provider with the refunds and disputes that the store's records lack.
type affected struct {
	ref      string
	refunds  []domain.ReportedRefund
	disputes []domain.ReportedDispute
}

// HealRestored repairs the differences between the provider's records and a database that was restored to an earlier
// moment. It applies charges, refunds and disputes as their events would, makes payments for charges that the store
// made and has no record of, books payouts and fees as Heal does, and refunds what is left of late captures. It is
// idempotent: a call after an interrupted one does the rest.
func (s *Service) HealRestored(ctx context.Context, found []domain.Difference) error {
	charges, err := s.affected(ctx, found)
	if err != nil {
		return err
	}
	for _, c := range charges {
		if err := s.healCharge(ctx, c); err != nil {
			return fmt.Errorf("repair charge %s: %w", c.ref, err)
		}
	}
	if err := s.Heal(ctx, found); err != nil {
		return err
	}
	if err := s.refundLost(ctx); err != nil {
		return err
	}
	return s.Sweep(ctx)
}

// affected returns the charges of differences, and of the store's open disputes, in the order of the differences.
func (s *Service) affected(ctx context.Context, found []domain.Difference) ([]affected, error) {
	var out []affected
	of := func(ref string) *affected {
		i := slices.IndexFunc(out, func(a affected) bool { return a.ref == ref })
		if i < 0 {
			i = len(out)
			out = append(out, affected{ref: ref})
		}
		return &out[i]
	}
	disputes, err := s.openDisputes(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range found {
		switch d.Kind {
		case domain.ChargeMovement:
			of(d.Ref)
		case domain.RefundMovement:
			refund, known, err := s.Records.ReportedRefund(ctx, d.Ref)
			if err != nil {
				return nil, fmt.Errorf("read the provider's records: %w", err)
			}
			if known {
				a := of(refund.ChargeRef)
				a.refunds = append(a.refunds, refund)
			}
		case domain.DisputeMovement, domain.DisputeFeeMovement:
			if !slices.Contains(disputes, d.Ref) {
				disputes = append(disputes, d.Ref)
			}
		case domain.FeeMovement, domain.PayoutMovement:
		}
	}
	for _, ref := range disputes {
		dispute, known, err := s.Records.ReportedDispute(ctx, ref)
		if err != nil {
			return nil, fmt.Errorf("read the provider's records: %w", err)
		}
		if known {
			a := of(dispute.ChargeRef)
			a.disputes = append(a.disputes, dispute)
		}
	}
	return out, nil
}

// openDisputes returns the references of the disputes that are open in the store's records. The decision of a lost one
// moves no money, so that no difference shows it.
func (s *Service) openDisputes(ctx context.Context) (refs []string, err error) {
	err = eachPage(func(request page.Request) (page.Page[domain.Dispute], error) {
		return s.Archive.AllDisputes(ctx, ports.Filter{Status: string(billing.DisputeOpened)}, request)
	}, func(d domain.Dispute) error {
		refs = append(refs, d.Snapshot().ProviderRef)
		return nil
	})
	return refs, err
}

// eachPage calls fn for the items of all pages of a list.
func eachPage[T any](read func(request page.Request) (page.Page[T], error), fn func(item T) error) error {
	for request := (page.Request{Limit: page.MaxLimit}); ; {
		p, err := read(request)
		if err != nil {
			return err
		}
		for _, item := range p.Items {
			if err := fn(item); err != nil {
				return err
			}
		}
		if p.Next == "" {
			return nil
		}
		request.Cursor = p.Next
	}
}

// healCharge applies a charge with its refunds and disputes in one transaction.
func (s *Service) healCharge(ctx context.Context, a affected) error {
	charge, found, err := s.Records.ReportedCharge(ctx, a.ref)
	if err != nil || !found {
		return err
	}
	newest, known, err := s.Reader.Newest(ctx, charge.OrderID)
	if err != nil {
		return err
	}
	var last *domain.Payment
	if known {
		last = &newest
	}
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		payment, known, err := s.chargedPayment(ctx, st, charge, last)
		if err != nil || !known {
			return err
		}
		if err := s.applyCharge(ctx, st, payment, charge); err != nil {
			return err
		}
		event := ports.Event{Provider: charge.Provider, PaymentID: payment.Snapshot().ID}
		for _, r := range a.refunds {
			event.RefundID, event.Refund = r.RefundID, &r.RefundOutcome
			if _, err := s.applyEvent(ctx, st, event); err != nil {
				return err
			}
		}
		for _, d := range a.disputes {
			event.Dispute = &d.DisputeReport
			if _, err := s.applyEvent(ctx, st, event); err != nil {
				return err
			}
		}
		return nil
	})
}

// chargedPayment locks the payment of a charge. For a charge that the store has lost it inserts one.
func (s *Service) chargedPayment(ctx context.Context, st ports.Stores, charge domain.ReportedCharge,
	newest *domain.Payment,
) (payment domain.Payment, known bool, err error) {
	if charge.PaymentID != id.Nil {
		if payment, known, err = st.Payments.Lock(ctx, charge.PaymentID); known || err != nil {
			return payment, known, err
		}
	}
	if payment, known, err = st.Payments.LockByRef(ctx, charge.Provider, charge.ProviderRef); known || err != nil {
		return payment, known, err
	}
	lost, made := charge.Lost(newest, s.Clock.Now())
	if !made || mutant.On("skip-a-lost-charge") {
		return payment, false, nil
	}
	s.Log.WarnContext(ctx, "the store has no record of a charge, which is refunded", "order", charge.OrderID,
		"charge", charge.ProviderRef, "amount", charge.Amount.String())
	payment, err = st.Payments.Insert(ctx, lost)
	if err == nil && payment.Snapshot().ID != charge.PaymentID {
		err = errors.New("another attempt was made for its order meanwhile")
	}
	return payment, true, err
}

// applyCharge applies a charge to its locked payment. Unlike an event, it stores no refund of a late capture: refunds
// of the provider's records come first.
func (s *Service) applyCharge(ctx context.Context, st ports.Stores, payment domain.Payment,
	charge domain.ReportedCharge,
) error {
	late := payment.Status() == billing.Declined || payment.Status() == billing.Canceled
	if !late {
		changed, err := s.apply(ctx, st, &payment, report{charge.Outcome, "provider.find"})
		if err != nil || !changed {
			return err
		}
		return s.publish(ctx, st, payment)
	}
	changed, err := payment.Apply(charge.Outcome, s.Clock.Now())
	if err != nil || !changed {
		return err
	}
	if err := s.book(ctx, st, payment, changed); err != nil {
		return err
	}
	payment.DropInvoiceContent()
	if err := st.Payments.Update(ctx, payment, "provider.find"); err != nil {
		return err
	}
	return s.publish(ctx, st, payment)
}

// refundLost stores and sends the refunds of late captures of which the provider holds money and for which the store
// has no refund. A capture with an open dispute is left to a call after its decision.
func (s *Service) refundLost(ctx context.Context) error {
	return eachPage(func(request page.Request) (page.Page[domain.Payment], error) {
		return s.Archive.AllPayments(ctx, ports.Filter{Status: string(billing.CapturedLate)}, request)
	}, func(payment domain.Payment) error {
		if payment.Held() == 0 {
			return nil
		}
		charge, found, err := s.Records.ReportedCharge(ctx, payment.Snapshot().ProviderRef)
		if err != nil || !found || charge.Left() == 0 {
			return err
		}
		return s.refundRest(ctx, payment.Snapshot().ID, charge.Left())
	})
}

// refundRest refunds what is left of a late capture, of at most what the provider holds.
func (s *Service) refundRest(ctx context.Context, paymentID id.ID, held int64) error {
	var refund *domain.Refund
	err := s.locked(ctx, paymentID, func(ctx context.Context, st ports.Stores, payment *domain.Payment) error {
		refund = nil
		earlier, err := st.Refunds.Of(ctx, paymentID)
		if err != nil {
			return err
		}
		_, made, err := payment.Made(earlier, billing.RefundOrder{Key: domain.Whole})
		if err != nil || made {
			return err
		}
		disputes, err := st.Disputes.Of(ctx, paymentID)
		if err != nil {
			return err
		}
		left, err := payment.Refundable(disputes)
		if errors.Is(err, billing.ErrDisputed) {
			return nil
		}
		if left = min(left, held); err != nil || left == 0 {
			return err
		}
		whole := payment.RefundLeft(s.IDs.NewID(), domain.Left{Amount: left, Reason: "the order was lost"}, s.Clock.Now())
		if err := st.Refunds.Insert(ctx, whole); err != nil {
			return err
		}
		refund = &whole
		return st.Payments.Update(ctx, *payment, "")
	})
	if err != nil || refund == nil {
		return err
	}
	return s.sendRefund(ctx, *refund)
}

// RecordLostNumbers records the numbers of recorded heads that are above the last ones of their series, so that they
// are not issued again, and returns them. It does not verify the HMACs of the heads.
func (s *Service) RecordLostNumbers(ctx context.Context, heads []domain.Head) (lost []domain.LostNumbers, err error) {
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		mine, err := st.Invoices.LockNumbering(ctx)
		if err != nil {
			return err
		}
		if !mine {
			return errors.New("a store is numbering invoices: stop it, or try again")
		}
		var series []string
		for _, missing := range domain.NumbersAfter(heads, nil) {
			series = append(series, missing.Series)
		}
		last, err := st.Invoices.LastNumbers(ctx, series)
		if err != nil {
			return err
		}
		lost = domain.NumbersAfter(heads, last)
		return st.Invoices.InsertLost(ctx, lost, s.Clock.Now())
	})
	if err != nil {
		return nil, fmt.Errorf("record lost numbers: %w", err)
	}
	return lost, nil
}

// RestoredHead returns a signed head of the database as it was restored to a moment.
func (s *Service) RestoredHead(ctx context.Context, moment time.Time) (domain.Head, error) {
	head, _, err := s.Head(ctx)
	if err != nil {
		return head, err
	}
	head.RestoredTo = moment.UTC().Truncate(time.Microsecond)
	return s.SealKeys.SignHead(head), nil
}
