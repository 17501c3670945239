package service

import (
	"context"
	"fmt"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
)

// Charge stores a payment, sends the charge to the provider, and applies its outcome. During the provider's call it
// holds no lock and no connection.
func (s *Service) Charge(ctx context.Context, c billing.Charge) (billing.PaymentSummary, error) {
	fresh := domain.NewPayment(s.IDs.NewID(), c, s.Provider.Name(), s.Clock.Now())
	if summary, done, err := s.chargeAtOnce(ctx, fresh); done {
		return summary, err
	}
	if err := s.charge(ctx, c, fresh); err != nil {
		return billing.PaymentSummary{}, err
	}
	return s.summary(ctx, c.OrderID)
}

func (s *Service) charge(ctx context.Context, c billing.Charge, fresh domain.Payment) error {
	draft := domain.NewDraft(fresh, s.Sellers)
	free := fresh.Status() == billing.Captured
	if free {
		fresh.DropInvoiceContent()
	}
	never := domain.NewCanceled(fresh.Snapshot().ID, c, s.Provider.Name(), s.Clock.Now())
	var payment domain.Payment
	err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		erased, err := st.Privacy.Lock(ctx, c.AccountID)
		if err != nil {
			return err
		}
		if erased {
			payment, err = st.Payments.Insert(ctx, never)
			return err
		}
		payment, err = st.Payments.Insert(ctx, fresh)
		if err != nil || !free || payment.Snapshot().ID != draft.ID {
			return err
		}
		return st.Invoices.InsertDraft(ctx, draft)
	})
	if err != nil {
		return fmt.Errorf("insert payment: %w", err)
	}
	if payment.Status() == billing.Requested &&
		payment.Snapshot().ID == fresh.Snapshot().ID { // inserted with its first send begun
		return s.send(ctx, payment)
	}
	return s.advance(ctx, payment)
}

// summary returns an order's payment summary as it is now.
func (s *Service) summary(ctx context.Context, orderID id.ID) (billing.PaymentSummary, error) {
	summaries, err := s.Reader.Summaries(ctx, []id.ID{orderID})
	return summaries[orderID], err
}

// Resume advances an order's newest payment.
func (s *Service) Resume(ctx context.Context, orderID id.ID) (billing.PaymentSummary, error) {
	return s.newest(ctx, orderID, s.advance)
}

// newest runs fn on an order's newest payment, if it has one, and returns the order's payment summary afterwards.
func (s *Service) newest(ctx context.Context, orderID id.ID,
	fn func(ctx context.Context, payment domain.Payment) error,
) (billing.PaymentSummary, error) {
	payment, found, err := s.Reader.Newest(ctx, orderID)
	if err != nil || !found {
		return billing.PaymentSummary{}, err
	}
	if err := fn(ctx, payment); err != nil {
		return billing.PaymentSummary{}, err
	}
	return s.summary(ctx, orderID)
}

// Poll applies the provider's state of an order's newest payment, and never charges. A payment that the provider does
// not know is canceled and polled once more later: a late capture is refunded.
func (s *Service) Poll(ctx context.Context, orderID id.ID) (billing.PaymentSummary, error) {
	return s.newest(ctx, orderID, s.poll)
}

func (s *Service) poll(ctx context.Context, payment domain.Payment) error {
	p := payment.Snapshot()
	if p.Status.Final() {
		return nil
	}
	if payment.NeverSent() {
		return s.cancelUnsent(ctx, p.ID)
	}
	outcome, known := s.Provider.Find(ctx, request(p))
	if outcome.Unsent {
		return nil
	}
	if !known {
		outcome = domain.Outcome{Status: billing.Canceled}
	}
	return s.applyOutcome(ctx, p.ID, outcome, "provider.find")
}

// advance advances a payment that is not final. The provider is asked first for a payment that it may know. One that it
// does not know is charged, always with the same key, so that it is never charged twice.
func (s *Service) advance(ctx context.Context, payment domain.Payment) error {
	p := payment.Snapshot()
	if p.Status.Final() {
		return nil
	}
	if s.ProviderBudget > 0 { // both calls share the budget
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.ProviderBudget)
		defer cancel()
	}
	if p.Status != billing.Requested {
		outcome, found := s.Provider.Find(ctx, request(p))
		if outcome.Unsent {
			return nil
		}
		if found || p.Status == billing.RequiresAction {
			return s.applyOutcome(ctx, p.ID, outcome, "provider.find")
		}
		return s.send(ctx, payment)
	}
	begun := false
	err := s.locked(ctx, p.ID, func(ctx context.Context, st ports.Stores, locked *domain.Payment) error {
		begun, payment = locked.BeginSend(), *locked
		if !begun {
			return nil
		}
		return st.Payments.Update(ctx, *locked, "")
	})
	if err != nil || !begun {
		return err
	}
	return s.send(ctx, payment)
}

// send sends the charge of a payment to the provider. BeginSend was stored before for a requested payment. When the
// request is not sent, that is undone, so that the payment can still be canceled.
func (s *Service) send(ctx context.Context, payment domain.Payment) error {
	return s.sent(ctx, payment, s.request(ctx, payment))
}

// request sends the charge of a payment to the provider, and returns the outcome.
func (s *Service) request(ctx context.Context, payment domain.Payment) domain.Outcome {
	charge := request(payment.Snapshot())
	if mutant.On("charge-with-a-new-key") {
		charge.Key = s.IDs.NewID().String()
	}
	return s.Provider.Charge(ctx, charge)
}

// sent applies the outcome of a charge.
func (s *Service) sent(ctx context.Context, payment domain.Payment, outcome domain.Outcome) error {
	p := payment.Snapshot()
	switch {
	case !outcome.Unsent:
		return s.applyOutcome(ctx, p.ID, outcome, "provider.charge")
	case p.Status != billing.Requested:
		return nil
	}
	return s.locked(ctx, p.ID, func(ctx context.Context, st ports.Stores, locked *domain.Payment) error {
		locked.RevokeSend()
		return st.Payments.Update(ctx, *locked, "")
	})
}

// locked runs fn on a locked payment, in a transaction that the caller's cancellation does not reach.
func (s *Service) locked(
	ctx context.Context, paymentID id.ID, fn func(ctx context.Context, st ports.Stores, payment *domain.Payment) error,
) error {
	return s.Work.Do(context.WithoutCancel(ctx), func(ctx context.Context, st ports.Stores) error {
		payment, found, err := st.Payments.Lock(ctx, paymentID)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("lock payment %s: not found", paymentID)
		}
		return fn(ctx, st, &payment)
	})
}

// cancelUnsent cancels a payment if it was never sent.
func (s *Service) cancelUnsent(ctx context.Context, paymentID id.ID) error {
	return s.locked(ctx, paymentID, func(ctx context.Context, st ports.Stores, payment *domain.Payment) (err error) {
		if payment.NeverSent() {
			_, err = s.apply(ctx, st, payment, report{domain.Outcome{Status: billing.Canceled}, "payment.canceled"})
		}
		return err
	})
}

func request(p domain.PaymentSnapshot) ports.ChargeRequest {
	return ports.ChargeRequest{
		Key: p.ID.String(), OrderID: p.OrderID, PaymentID: p.ID, Amount: p.Amount,
		Method: p.Method, ReturnURL: p.ReturnURL,
	}
}

// applyOutcome applies the provider's outcome of a payment, also when the caller has canceled the request.
func (s *Service) applyOutcome(ctx context.Context, paymentID id.ID, outcome domain.Outcome, cause string) error {
	switch {
	case outcome.Unsent:
		s.Log.DebugContext(ctx, "the payment provider was not called", "payment", paymentID, "cause", outcome.Cause)
	case outcome.Status == billing.Unknown:
		s.Log.WarnContext(ctx, "the payment provider gave no clear response", "payment", paymentID, "cause", outcome.Cause)
	}
	return s.locked(ctx, paymentID, func(ctx context.Context, st ports.Stores, payment *domain.Payment) error {
		_, err := s.apply(ctx, st, payment, report{outcome, cause})
		return err
	})
}

// report is an outcome with the cause for the order's history.
type report struct {
	outcome domain.Outcome
	cause   string
}

// apply applies an outcome to a locked payment, and stores what follows from it in the same transaction: the journal
// entry of a capture, the draft of its invoice, the refund of a late capture.
func (s *Service) apply(ctx context.Context, st ports.Stores, payment *domain.Payment, n report) (bool, error) {
	now := s.Clock.Now()
	before := payment.Status()
	changed, err := payment.Apply(n.outcome, now)
	if err != nil {
		return false, err
	}
	if before.Final() && !changed {
		return false, nil
	}
	if payment.Snapshot().Claimed != nil { // nothing is booked before staff resolve it
		s.review(ctx, *payment, billing.ReviewAmount)
		return true, st.Payments.Update(ctx, *payment, n.cause)
	}
	if err = s.book(ctx, st, *payment, changed); err != nil {
		return false, err
	}
	switch payment.Status() {
	case billing.Captured:
		if invoiced() {
			err = st.Invoices.InsertDraft(ctx, domain.NewDraft(*payment, s.Sellers))
		}
	case billing.CapturedLate:
		s.Log.WarnContext(ctx, "a declined or canceled payment was captured late and is refunded", "payment",
			payment.View().ID, "order", payment.View().OrderID)
		if !mutant.On("skip-refund-of-late-capture") {
			err = s.refundLate(ctx, st, payment, "captured late")
		}
	case billing.Declined, billing.Canceled:
		if changed && s.Declined != nil && payment.Status() == billing.Declined {
			s.Declined(ctx, payment.Snapshot().DeclineCode)
		}
		if !mutant.On("skip-poll-of-ended-payment") {
			payment.SchedulePoll(now.Add(s.PollAgainAfter))
		}
	case billing.Mismatched:
		s.review(ctx, *payment, billing.ReviewAmount)
	case billing.Requested, billing.Unknown, billing.RequiresAction:
	}
	if err != nil {
		return false, err
	}
	if payment.Status().Final() && payment.Status() != billing.Mismatched { // staff may accept it
		payment.DropInvoiceContent()
	}
	return changed, st.Payments.Update(ctx, *payment, n.cause)
}

// invoiced reports whether a capture has an invoice.
func invoiced() bool { return !mutant.On("skip-invoice-draft") }

// book posts the journal entry of a payment that has just been captured.
func (s *Service) book(ctx context.Context, st ports.Stores, payment domain.Payment, changed bool) error {
	entry, err := s.entryOf(payment, changed)
	if err != nil {
		return err
	}
	return post(ctx, st, entry)
}

// entryOf returns the journal entry of a payment that has just been captured, or one without postings.
func (s *Service) entryOf(payment domain.Payment, changed bool) (domain.JournalEntry, error) {
	p := payment.Snapshot()
	if !changed || p.Captured == 0 || mutant.On("skip-capture-entry") {
		return domain.JournalEntry{}, nil
	}
	tax := money.Zero(p.Amount.Currency())
	if p.Invoice != nil {
		tax = p.Invoice.Tax
	}
	return payment.BookCapture(s.IDs.NewID(), tax)
}

// Cancel cancels an attempt that its buyer has yet to confirm, or that was never made or never sent. A payment whose
// outcome is unknown stays as it is.
func (s *Service) Cancel(ctx context.Context, c billing.Charge) (billing.PaymentSummary, error) {
	if err := s.cancel(ctx, c); err != nil {
		return billing.PaymentSummary{}, err
	}
	return s.summary(ctx, c.OrderID)
}

func (s *Service) cancel(ctx context.Context, c billing.Charge) error {
	never := domain.NewCanceled(s.IDs.NewID(), c, s.Provider.Name(), s.Clock.Now())
	var payment domain.Payment
	err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) (err error) {
		if mutant.On("skip-canceled-attempt") {
			payment = never
			return nil
		}
		payment, err = st.Payments.Insert(ctx, never)
		return err
	})
	if err == nil && payment.NeverSent() {
		return s.cancelUnsent(ctx, payment.Snapshot().ID)
	}
	if err != nil || payment.Status() != billing.RequiresAction {
		return err
	}
	p := payment.Snapshot()
	return s.applyOutcome(ctx, p.ID, s.Provider.Cancel(ctx, p.ProviderRef), "provider.cancel")
}
