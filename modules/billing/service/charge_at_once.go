package service

import (
	"context"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
)

// chargeAtOnce makes the first attempt to charge an order in one statement before the provider's call and one after it,
// as long as nobody else works on the payment. done is false when nothing has been sent: Charge goes on in
// transactions, with the same payment.
func (s *Service) chargeAtOnce(ctx context.Context, fresh domain.Payment) (
	summary billing.PaymentSummary, done bool, err error,
) {
	p := fresh.Snapshot()
	if p.Status != billing.Requested || p.Attempt != 1 {
		return summary, false, nil
	}
	requested, err := s.Charges.Request(ctx, fresh)
	if err != nil || !requested {
		if err != nil {
			s.Log.DebugContext(ctx, "a payment could not be stored in one statement", "payment", p.ID, "cause", err)
		}
		return summary, false, nil
	}
	defer s.flights.begin(p.ID)()
	outcome := s.request(ctx, fresh)
	if summary, settled := s.settle(ctx, fresh, outcome); settled {
		return summary, true, nil
	}
	if err := s.sent(ctx, fresh, outcome); err != nil {
		return billing.PaymentSummary{}, true, err
	}
	summary, err = s.summary(ctx, p.OrderID)
	return summary, true, err
}

// settle stores the capture of a payment that was just requested. False: nothing is stored, or that is not known.
func (s *Service) settle(ctx context.Context, payment domain.Payment, outcome domain.Outcome) (
	billing.PaymentSummary, bool,
) {
	if outcome.Status != billing.Captured || !invoiced() {
		return billing.PaymentSummary{}, false
	}
	changed, err := payment.Apply(outcome, s.Clock.Now())
	if err != nil || payment.Status() != billing.Captured {
		return billing.PaymentSummary{}, false
	}
	entry, err := s.entryOf(payment, changed)
	if err != nil || len(entry.Postings) == 0 {
		return billing.PaymentSummary{}, false
	}
	settlement := ports.Settlement{Entry: entry, Draft: domain.NewDraft(payment, s.Sellers), Cause: "provider.charge"}
	payment.DropInvoiceContent()
	settlement.Payment = payment
	summary, settled, err := s.Charges.Settle(context.WithoutCancel(ctx), settlement)
	if err != nil {
		s.Log.DebugContext(ctx, "a capture could not be stored in one statement", "payment", payment.View().ID, "cause", err)
	}
	return summary, settled && err == nil
}
