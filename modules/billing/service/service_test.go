package service_test

import (
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/adapters/memory"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/modules/billing/service"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

var errRender = errors.New("render failed")

// stub returns its event for every webhook, and renders a document as its number, or fails with err.
type stub struct {
	event ports.Event
	err   error
}

// SignatureHeader returns a header of the stub.
func (d *stub) SignatureHeader() (name, format string) { return "Stub-Signature", "anything" }

// Open returns the event.
func (d *stub) Open(string, []byte, time.Time) (ports.Event, error) { return d.event, d.err }

// Read returns the event.
func (d *stub) Read([]byte) (ports.Event, error) { return d.event, d.err }

// pdfStub renders a document's number and its XML.
type pdfStub struct{ *stub }

func (d pdfStub) Render(i domain.Invoice, xml []byte) ([]byte, error) {
	number, err := d.stub.Render(i)
	return append(number, xml...), err
}

// Render returns the document's number, or the error that is set.
func (d *stub) Render(i domain.Invoice) ([]byte, error) {
	if d.err != nil {
		return nil, d.err
	}
	return []byte(i.FullNumber()), nil
}

type fixture struct {
	*service.Service
	store    *memory.Store
	provider *memory.Provider
	stub     *stub
	clock    *clock.Manual
}

func newFixture() fixture {
	f := fixture{
		clock: clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), store: memory.NewStore(),
		provider: memory.NewProvider(), stub: &stub{},
	}
	f.Service = service.New(service.Deps{
		Work: f.store, Charges: f.store, Reader: f.store, Backlog: f.store.Backlog(), Documents: f.store,
		Journal: f.store.Journal(), Archive: f.store, Exports: f.store.Exports(),
		Provider: f.provider, Records: f.provider, Balance: f.provider, Movements: f.store, Currency: "USD",
		Webhooks: f.stub, PDF: pdfStub{f.stub}, XML: f.stub, Sellers: sellers, IDs: id.V7{},
		Limits: service.Limits{Batch: 3, Parallel: 2, PollAgainAfter: time.Hour, RetryFor: 72 * time.Hour},
		Clock:  f.clock, Log: slog.New(slog.DiscardHandler),
	})
	return f
}

func newID() id.ID { return id.V7{}.NewID() }

var sellers = domain.Sellers{
	Default:  domain.Seller{Name: "Seller", Country: "AT"},
	Branches: map[string]domain.Seller{"DE": {Name: "Branch", Country: "DE"}},
}

func usd(cents int64) money.Money { return money.Of(cents, "USD") }

// charge is the charge of an order of one game, a fifth of whose price is tax.
func charge(accountID id.ID, method string, cents int64) billing.Charge {
	part := billing.LineItemPart{
		ProductID: newID(), Title: "Game", Discount: usd(0), Tax: usd(cents / 5),
		Total: usd(cents), Rate: 2500,
	}
	line := billing.LineItem{
		LineID: newID(), Title: "Game", Quantity: 1, Unit: usd(cents), Discount: usd(0), Tax: part.Tax, Total: usd(cents),
		Parts: []billing.LineItemPart{part},
	}
	content := billing.InvoiceContent{
		TaxIncluded: true, Lines: []billing.LineItem{line}, Subtotal: usd(cents), Discount: usd(0),
		Tax: part.Tax, Total: usd(cents),
	}
	return billing.Charge{OrderID: newID(), Attempt: 1, AccountID: accountID, Method: method, Invoice: content}
}

func (f fixture) invoices(t *testing.T, accountID id.ID) []domain.Invoice {
	t.Helper()
	p, err := f.Invoices(t.Context(), accountID, page.Request{Limit: 100})
	require.NoError(t, err)
	return p.Items
}

func TestCharge_SameAttempt_ChargesOnce(t *testing.T) {
	t.Parallel()
	f := newFixture()
	ada := newID()
	c := charge(ada, "pm_ok", 100)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { _, _ = f.Charge(t.Context(), c) })
	}
	group.Wait()
	payment, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, billing.Captured, payment.State.Status)
	require.Equal(t, 1, f.provider.Captured())
	require.Len(t, f.invoices(t, ada), 1)
	payments, err := f.Transactions(t.Context(), ports.Transactions{AccountID: ada})
	require.NoError(t, err)
	require.Len(t, payments.Items, 1)
	newest, _, err := f.store.Newest(t.Context(), c.OrderID)
	require.NoError(t, err)
	require.Nil(t, newest.Snapshot().Invoice, "only the invoice keeps the buyer")
	resumed, err := f.Resume(t.Context(), c.OrderID)
	require.NoError(t, err)
	require.Equal(t, payment, resumed)
	none, err := f.Resume(t.Context(), newID())
	require.NoError(t, err)
	require.Zero(t, none)
}

func TestCharge_TotalOfZero_IsInvoicedWithoutProvider(t *testing.T) {
	t.Parallel()
	f := newFixture()
	ada := newID()
	c := charge(ada, "pm_declined", 0)
	for range 2 {
		payment, err := f.Charge(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, billing.Captured, payment.State.Status)
	}
	require.Zero(t, f.provider.Calls())
	require.Len(t, f.invoices(t, ada), 1)
}

func TestCancel_ByStatus_EndsUnconfirmedOnly(t *testing.T) {
	t.Parallel()
	f := newFixture()
	for method, want := range map[string]billing.Status{
		"pm_confirm": billing.Canceled, "pm_unclear": billing.Unknown, "pm_ok": billing.Captured,
		"pm_declined": billing.Declined,
	} {
		c := charge(newID(), method, 100)
		_, err := f.Charge(t.Context(), c)
		require.NoError(t, err)
		calls := f.provider.Calls()
		payment, err := f.Cancel(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, want, payment.State.Status, method)
		require.Equal(t, calls, f.provider.Calls(), "a cancellation does not charge")
	}
	never := charge(newID(), "pm_ok", 100)
	for range 2 {
		payment, err := f.Cancel(t.Context(), never)
		require.NoError(t, err)
		require.Equal(t, billing.Canceled, payment.State.Status)
	}
	calls := f.provider.Calls()
	payment, err := f.Charge(t.Context(), never)
	require.NoError(t, err)
	require.Equal(t, billing.Canceled, payment.State.Status, "a later charge is not sent")
	require.Equal(t, calls, f.provider.Calls())
}

func TestReceiveWebhook_Repeated_IsAppliedAndPublishedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture()
	ada := newID()
	c := charge(ada, "pm_unclear", 100)
	payment, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, billing.Unknown, payment.State.Status)
	amount := c.Invoice.Total
	f.stub.event = ports.Event{
		Provider: "mockpay", ID: "evt_1", PaymentID: payment.Payment.ID,
		Outcome: domain.Outcome{Status: billing.Captured, ProviderRef: "pi_9", Amount: &amount},
	}
	for range 3 {
		require.NoError(t, f.ReceiveWebhook(t.Context(), "mockpay", "", nil))
	}
	f.requirePublished(t, c.OrderID)
	require.Len(t, f.invoices(t, ada), 1)
	f.stub.event.ID, f.stub.event.Outcome.Status = "evt_2", billing.Declined
	require.NoError(t, f.ReceiveWebhook(t.Context(), "mockpay", "", nil))
	f.stub.event.ID, f.stub.event.PaymentID = "evt_3", newID()
	require.NoError(t, f.ReceiveWebhook(t.Context(), "mockpay", "", nil), "an event of an unknown payment is stored")
	require.Len(t, f.store.Events(), 1, "an outdated event changes nothing")
	require.ErrorIs(t, f.ReceiveWebhook(t.Context(), "other", "", nil), domain.ErrNoProvider)
	f.stub.err = domain.ErrSignature
	require.ErrorIs(t, f.ReceiveWebhook(t.Context(), "mockpay", "", nil), domain.ErrSignature)
}

func TestReceiveWebhook_AnotherAmount_NeedsReview(t *testing.T) {
	t.Parallel()
	f := newFixture()
	ada := newID()
	c := charge(ada, "pm_unclear", 100)
	payment, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	wrong := money.Of(99, "USD")
	f.stub.event = ports.Event{
		Provider: "mockpay", ID: "evt_1", PaymentID: payment.Payment.ID,
		Outcome: domain.Outcome{Status: billing.Captured, Amount: &wrong},
	}
	require.NoError(t, f.ReceiveWebhook(t.Context(), "mockpay", "", nil))
	summaries, err := f.Summaries(t.Context(), []id.ID{c.OrderID})
	require.NoError(t, err)
	require.Equal(t, billing.Mismatched, summaries[c.OrderID].Payment.Status)
	require.Empty(t, f.invoices(t, ada))
	summaries, err = f.Summaries(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, summaries)
}

func TestNumberInvoices_Batches_LeaveNoGap(t *testing.T) {
	t.Parallel()
	f := newFixture()
	ada := newID()
	for range 7 {
		_, err := f.Charge(t.Context(), charge(ada, "pm_ok", 100))
		require.NoError(t, err)
	}
	first := f.invoices(t, ada)[6]
	pdf, err := f.PDFOf(t.Context(), first)
	require.NoError(t, err)
	require.Nil(t, pdf, "a draft has no PDF")
	xml, err := f.XMLOf(first)
	require.NoError(t, err)
	require.Nil(t, xml)
	require.NoError(t, f.NumberAll(t.Context()))
	for i, invoice := range f.invoices(t, ada) {
		require.Equal(t, int64(7-i), invoice.Number)
	}
	first, err = f.Invoice(t.Context(), ada, first.ID)
	require.NoError(t, err)
	f.stub.err = errRender
	_, err = f.PDFOf(t.Context(), first)
	require.ErrorIs(t, err, errRender)
	_, err = f.XMLOf(first)
	require.ErrorIs(t, err, errRender)
	f.stub.err = nil
	for range 2 {
		pdf, err := f.PDFOf(t.Context(), first)
		require.NoError(t, err)
		require.Equal(t, first.FullNumber()+first.FullNumber(), string(pdf), "the PDF contains the XML")
	}
	_, err = f.Invoice(t.Context(), newID(), first.ID)
	require.ErrorIs(t, err, domain.ErrNoInvoice)
	_, err = f.CreditNote(t.Context(), ada, first.ID)
	require.ErrorIs(t, err, domain.ErrNoNote)
}

func TestSweep_LateCapture_IsRefundedOnce(t *testing.T) {
	t.Parallel()
	for _, status := range []billing.Status{billing.Declined, billing.Canceled} {
		f := newFixture()
		ada := newID()
		method := map[billing.Status]string{billing.Declined: "pm_declined", billing.Canceled: "pm_confirm"}[status]
		c := charge(ada, method, 100)
		payment, err := f.Charge(t.Context(), c)
		require.NoError(t, err)
		if status == billing.Canceled {
			payment, err = f.Cancel(t.Context(), c)
			require.NoError(t, err)
		}
		require.Equal(t, status, payment.State.Status)
		f.provider.CaptureEnded()
		f.clock.Advance(time.Hour)
		for range 3 {
			require.NoError(t, f.Sweep(t.Context()), "the poll finds it without a webhook")
		}
		summaries, err := f.Summaries(t.Context(), []id.ID{c.OrderID})
		require.NoError(t, err)
		require.Equal(t, billing.CapturedLate, summaries[c.OrderID].Payment.Status)
		require.Len(t, summaries[c.OrderID].Refunds, 1)
		require.Equal(t, billing.RefundSucceeded, summaries[c.OrderID].Refunds[0].Status)
		require.Equal(t, 1, f.provider.Refunds())
		require.Empty(t, f.invoices(t, ada))
	}
}

func TestSweep_EndedPayment_IsPolledOnce(t *testing.T) {
	t.Parallel()
	f := newFixture()
	_, err := f.Charge(t.Context(), charge(newID(), "pm_declined", 100))
	require.NoError(t, err)
	waiting := func() []domain.Payment {
		payments, err := f.store.Backlog().Payments(t.Context(), f.clock.Now().Add(100*time.Hour), 10)
		require.NoError(t, err)
		return payments
	}
	require.Len(t, waiting(), 1)
	f.clock.Advance(time.Hour)
	require.NoError(t, f.Sweep(t.Context()))
	require.Empty(t, waiting())
}

func TestReturn_Repeated_RefundsOnce(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := charge(newID(), "pm_ok", 100)
	_, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { _, _ = f.Return(t.Context(), billing.Return{OrderID: c.OrderID, Reason: "test"}) })
	}
	group.Wait()
	refund, err := f.Return(t.Context(), billing.Return{OrderID: c.OrderID, Reason: "test"})
	require.NoError(t, err)
	require.Equal(t, billing.RefundSucceeded, refund.Refund.Status)
	require.Equal(t, money.Of(100, "USD"), refund.Refund.Amount)
	require.Equal(t, 1, f.provider.Refunds())
	f.requirePublished(t, c.OrderID)
	history, err := f.History(t.Context(), c.OrderID)
	require.NoError(t, err)
	require.Equal(t, "provider.refund", history[len(history)-1].What)

	free := charge(newID(), "pm_ok", 0)
	_, err = f.Charge(t.Context(), free)
	require.NoError(t, err)
	refund, err = f.Return(t.Context(), billing.Return{OrderID: free.OrderID, Reason: "test"})
	require.NoError(t, err)
	require.Equal(t, billing.RefundSucceeded, refund.Refund.Status, "a refund of 0 succeeds at once")
	declined := charge(newID(), "pm_declined", 5)
	_, err = f.Charge(t.Context(), declined)
	require.NoError(t, err)
	for _, orderID := range []id.ID{declined.OrderID, newID()} {
		_, err = f.Return(t.Context(), billing.Return{OrderID: orderID, Reason: "test"})
		require.ErrorIs(t, err, billing.ErrNotCaptured)
	}
}

func TestRefund_FailsAfterPending_IsRestoredAndPublished(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := charge(newID(), "pm_ok", 100)
	payment, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	f.provider.SetRefundStatus(billing.RefundPending)
	refund, err := f.Return(t.Context(), billing.Return{OrderID: c.OrderID, Reason: "test"})
	require.NoError(t, err)
	require.Equal(t, billing.RefundPending, refund.Refund.Status)
	f.stub.event = ports.Event{
		Provider: "mockpay", ID: "evt_r", PaymentID: payment.Payment.ID, RefundID: refund.Refund.ID,
		Refund: &domain.RefundOutcome{Status: billing.RefundFailed},
	}
	require.NoError(t, f.ReceiveWebhook(t.Context(), "mockpay", "", nil))
	f.stub.event.ID, f.stub.event.Refund.Status = "evt_r2", billing.RefundSucceeded
	require.NoError(t, f.ReceiveWebhook(t.Context(), "mockpay", "", nil), "an outdated event changes nothing")
	refund, err = f.Return(t.Context(), billing.Return{OrderID: c.OrderID, Reason: "test"})
	require.NoError(t, err)
	require.Equal(t, billing.RefundFailed, refund.Refund.Status)
	newest, _, err := f.store.Newest(t.Context(), c.OrderID)
	require.NoError(t, err)
	require.Zero(t, newest.Snapshot().Refunded)
	f.clock.Advance(time.Hour)
	require.NoError(t, f.Sweep(t.Context()))
}

func TestSweep_UnclearRefund_IsSentAgain(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := charge(newID(), "pm_ok", 100)
	_, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	f.provider.SetRefundStatus(billing.RefundRequested)
	refund, err := f.Return(t.Context(), billing.Return{OrderID: c.OrderID, Reason: "test"})
	require.NoError(t, err)
	require.Equal(t, billing.RefundRequested, refund.Refund.Status)
	f.provider.SetRefundStatus(billing.RefundSucceeded)
	require.NoError(t, f.Sweep(t.Context()), "it is not due")
	require.Zero(t, f.provider.Refunds())
	f.clock.Advance(5 * time.Second)
	require.NoError(t, f.Sweep(t.Context()))
	require.Equal(t, 1, f.provider.Refunds())
}
