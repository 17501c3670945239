// Package portstest has the contract suites of billing's ports. Every adapter of a port runs its suite.
package portstest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

// Fixture is an empty store to test.
type Fixture struct {
	Work      ports.UnitOfWork
	Reader    ports.PaymentReader
	Charges   ports.Charges
	Backlog   ports.Backlog
	Documents ports.Documents
	Archive   ports.Archive
	Journal   ports.Journal
	Exports   ports.ExportReader
	Movements ports.Movements
	Taxes     ports.TaxReports
	// Events returns how many published events were committed.
	Events func() int
}

var (
	now      = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	errAbort = errors.New("abort")
)

type suite map[string]func(t *testing.T, f Fixture)

var paymentSuite = suite{
	"an attempt is stored once":                       once,
	"a payment stores the provider's outcome":         updates,
	"a failed transaction leaves nothing behind":      rollback,
	"a webhook is fresh once":                         inboxOnce,
	"an event is due until it is applied or given up": inboxWaits,
	"old events are pruned unless they are retried":   inboxPrunes,
	"a locked payment has one writer at a time":       oneWriter,
	"a refund of a payment is stored once":            refundOnce,
	"a key of an account makes one refund":            refundKeys,
	"a dispute is found by the provider's reference":  dispute,
	"a lost dispute decides before others":            countedDispute,
	"an erased account is forgotten for good":         forgotten,
	"transactions are filtered":                       filtering,
	"refunds never exceed what was captured":          overRefund,
	"refunds and payments are due at their PollAt":    backlog,
	"the history lists changes in order":              history,
	"a summary shows the newest payment and invoice":  summary,
	"every change raises the order's revision":        revisions,
	"an order's payments have one writer at a time":   oneWriterOfOrder,
	"an attempt waits for writers of earlier ones":    insertWaits,
	"staff lists the records of all accounts":         archive,
	"a claimed amount needs a review until accepted":  claimed,
	"a failed refund of any attempt needs a review":   failedRefund,
	"an account is locked and known as erased":        accountLock,
}

var ledgerSuite = suite{
	"an entry balances or is not added":                unbalanced,
	"a source is booked once":                          bookedOnce,
	"balances are those of a moment":                   balances,
	"balances of earlier days have unsealed entries":   balancesOfDays,
	"the journal pages, filters and walks":             walking,
	"the journal of a buyer":                           journalOfBuyer,
	"every entry is sealed once, in a chain":           sealing,
	"documents, PDFs and disputes are sealed once":     recordsSealed,
	"seals are read in pages":                          sealPages,
	"without a key nothing is sealed":                  unsealed,
	"taxes are summed by day, country and rate":        taxSums,
	"taxes are summed in batches":                      taxBatches,
	"the sums of taxes are those of the journal":       taxesOfLedger,
	"movements are found by reference and by time":     movements,
	"movements page through everything once":           movementPages,
	"a movement shows its present amount":              presentAmounts,
	"a reference of a payout has one writer at a time": payoutWriters,
	"a payout stores its status":                       payout,
	"a source is posted once":                          postedOnce,
	"each source and account can be booked":            chart,
	"a key of an author proposes one entry":            manualKeys,
	"manual entries are listed by status":              manualLists,
}

var documentSuite = suite{
	"a credit note names what it corrects":             creditNotes,
	"a document keeps its business":                    businessContent,
	"drafts are numbered in order and become invoices": numbering,
	"a failed batch uses no number":                    burnsNothing,
	"parallel numbering leaves no gap":                 parallelNumbering,
	"lost numbers are not issued again":                lostNumbers,
	"documents of orders are found":                    documentsOfOrders,
	"documents are filtered and paged":                 documentList,
	"an export keeps its documents":                    export,
	"exports expire and are removed":                   expiredExports,
	"lists page through everything once":               paging,
	"a document keeps its first PDF":                   documents,
	"foreign and absent invoices are the same":         foreign,
}

// Run runs the contract suites against stores that open returns.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	t.Helper()
	for _, tests := range []suite{paymentSuite, chargeSuite, ledgerSuite, documentSuite} {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, open(t))
			})
		}
	}
}

var (
	seller = domain.Seller{
		Name: "Seller", Address: []string{"Street 1"}, Country: "AT", TaxID: "ATU1",
		Email: "x@example.com", Series: "AT", TimeZone: "Europe/Vienna",
		Untaxed: domain.Exempt, UntaxedNote: "§ 6 UStG", Currency: "EUR",
		Exchange: &domain.Exchange{Currency: "EUR", Rate: "0.8621", Day: "2026-01-01"},
	}
	sellers = domain.Sellers{
		Default: seller,
		Rates:   domain.ExchangeRates{{From: "USD", To: "EUR", Rate: "0.8621", Day: "2026-01-01"}},
	}
	lineID = newID()
	partID = newID()
)

func newID() id.ID { return id.V7{}.NewID() }

func usd(n int64) money.Money { return money.Of(n, "USD") }

func charge(orderID, accountID id.ID, attempt int) billing.Charge {
	return billing.Charge{
		OrderID: orderID, Attempt: attempt, AccountID: accountID, Method: "pm_ok", ReturnURL: "https://shop.example/back",
		Invoice: billing.InvoiceContent{
			OrderNumber: "CS-1", Buyer: billing.Buyer{
				Name: "Ада", Email: "ada@example.com", Country: "DE",
				Language: "de",
			}, TaxIncluded: true,
			Lines: []billing.LineItem{{
				LineID: lineID, Title: "Ξ", Bundle: true, Quantity: 2, Unit: usd(500), Discount: usd(0),
				Tax: usd(160), Total: usd(1000),
				Parts: []billing.LineItemPart{
					{ProductID: partID, Title: "a", Discount: usd(0), Tax: usd(160), Total: usd(900), Rate: 1900},
					{ProductID: newID(), Title: "b", Discount: usd(0), Tax: usd(0), Total: usd(100)},
				},
			}},
			Subtotal: usd(1000), Discount: usd(0), Tax: usd(160), Total: usd(1000),
		},
	}
}

func do(t *testing.T, f Fixture, fn func(ctx context.Context, s ports.Stores) error) {
	t.Helper()
	require.NoError(t, f.Work.Do(t.Context(), fn))
}

func insert(t *testing.T, f Fixture, orderID, accountID id.ID, attempt int) domain.Payment {
	t.Helper()
	payment := domain.NewPayment(newID(), charge(orderID, accountID, attempt), "mockpay", now)
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		got, err := s.Payments.Insert(ctx, payment)
		require.Equal(t, payment, got)
		return err
	})
	return payment
}

func applyStatus(t *testing.T, f Fixture, payment domain.Payment, status billing.Status) domain.Payment {
	t.Helper()
	amount := payment.Snapshot().Amount
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		locked, found, err := s.Payments.Lock(ctx, payment.Snapshot().ID)
		require.True(t, found)
		require.NoError(t, err)
		locked.Apply(domain.Outcome{
			Status: status, ProviderRef: "pi_" + locked.Snapshot().ID.String(), Amount: &amount,
			Brand: "visa", Last4: "4242", CardCountry: "DE",
		}, now.Add(time.Second))
		if status == billing.Captured {
			require.NoError(t, s.Invoices.InsertDraft(ctx, domain.NewDraft(locked, sellers)))
		}
		locked.DropInvoiceContent()
		payment = locked
		return s.Payments.Update(ctx, locked, "webhook")
	})
	return payment
}

func once(t *testing.T, f Fixture) {
	orderID, ada := newID(), newID()
	first := insert(t, f, orderID, ada, 1)
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		again, err := s.Payments.Insert(ctx, domain.NewPayment(newID(), charge(orderID, ada, 1), "mockpay", now))
		require.Equal(t, first, again)
		return err
	})
	second := insert(t, f, orderID, ada, 2)
	newest, found, err := f.Reader.Newest(t.Context(), orderID)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, second, newest)
	_, found, err = f.Reader.Newest(t.Context(), newID())
	require.NoError(t, err)
	require.False(t, found)
}

func updates(t *testing.T, f Fixture) {
	orderID := newID()
	want := applyStatus(t, f, insert(t, f, orderID, newID(), 1), billing.Captured)
	got, _, err := f.Reader.Newest(t.Context(), orderID)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Empty(t, got.Snapshot().Method, "a final payment keeps no token")
	require.Empty(t, got.Snapshot().ReturnURL, "nor a return URL")
	unsent := insert(t, f, newID(), newID(), 1)
	unsent.RevokeSend()
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Payments.Update(ctx, unsent, "") })
	got, _, err = f.Reader.Newest(t.Context(), unsent.Snapshot().OrderID)
	require.NoError(t, err)
	require.True(t, got.NeverSent())
}

func rollback(t *testing.T, f Fixture) {
	payment := domain.NewPayment(newID(), charge(newID(), newID(), 1), "mockpay", now)
	err := f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		_, err := s.Payments.Insert(ctx, payment)
		require.NoError(t, err)
		return errors.Join(s.Events.PaymentChanged(ctx, billing.PaymentChanged{}), errAbort)
	})
	require.ErrorIs(t, err, errAbort)
	_, found, err := f.Reader.Newest(t.Context(), payment.Snapshot().OrderID)
	require.NoError(t, err)
	require.False(t, found)
	require.Zero(t, f.Events())
}

func inboxOnce(t *testing.T, f Fixture) {
	event := ports.Event{Provider: "mockpay", ID: "evt_1", Body: []byte(`{"id":"evt_1"}`), ReceivedAt: now}
	for i := range 3 {
		do(t, f, func(ctx context.Context, s ports.Stores) error {
			fresh, err := s.Inbox.Insert(ctx, event)
			require.Equal(t, i == 0, fresh)
			return errors.Join(err, s.Inbox.Applied(ctx, event, now))
		})
	}
}

func summary(t *testing.T, f Fixture) {
	ada, paid, declined := newID(), newID(), newID()
	applyStatus(t, f, insert(t, f, paid, ada, 1), billing.Declined)
	captured := applyStatus(t, f, insert(t, f, paid, ada, 2), billing.Captured)
	applyStatus(t, f, insert(t, f, declined, ada, 1), billing.Declined)
	got, err := f.Reader.Summaries(t.Context(), []id.ID{paid, declined, newID()})
	require.NoError(t, err)
	require.Len(t, got, 2)
	view := captured.View()
	require.Equal(t, billing.PaymentSummary{
		State: billing.PaymentState{
			OrderID: paid, Revision: got[paid].State.Revision, Attempt: 2, Status: billing.Captured, Captured: 1000, Left: 1000,
		},
		Payment: &view, Invoice: &billing.InvoiceRef{ID: view.ID},
	}, got[paid])
	require.Nil(t, got[declined].Invoice)
	newest, found, err := f.Reader.Newest(t.Context(), paid)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, captured.Snapshot(), newest.Snapshot())
	require.NoError(t, number(t.Context(), f, 10, nil))
	got, err = f.Reader.Summaries(t.Context(), []id.ID{paid})
	require.NoError(t, err)
	require.Equal(t, "INV-AT-2026-000001", got[paid].Invoice.Number)
}

func paging(t *testing.T, f Fixture) {
	ada := newID()
	capture(t, f, ada, 3)
	require.NoError(t, number(t.Context(), f, 2, nil))
	seen := map[id.ID]int{}
	payments, invoices := ports.Transactions{AccountID: ada, Page: page.Request{Limit: 2}}, page.Request{Limit: 2}
	for range 2 {
		p, err := f.Reader.Transactions(t.Context(), payments)
		require.NoError(t, err)
		for _, payment := range p.Items {
			seen[payment.ID]++
		}
		i, err := f.Documents.Invoices(t.Context(), ada, invoices)
		require.NoError(t, err)
		for _, invoice := range i.Items {
			seen[invoice.ID]++
		}
		payments.Page.Cursor, invoices.Cursor = p.Next, i.Next
	}
	require.Empty(t, payments.Page.Cursor+invoices.Cursor)
	require.Len(t, seen, 3)
	for paymentID, times := range seen {
		require.Equal(t, 2, times, paymentID)
	}
}

func documents(t *testing.T, f Fixture) {
	ada := newID()
	capture(t, f, ada, 1)
	require.NoError(t, number(t.Context(), f, 1, nil))
	p, err := f.Documents.Invoices(t.Context(), ada, page.Request{})
	require.NoError(t, err)
	invoiceID := p.Items[0].ID
	got, err := f.Documents.PDF(t.Context(), invoiceID)
	require.NoError(t, err)
	require.Nil(t, got)
	for i := range 2 {
		got, err = f.Documents.PutPDF(t.Context(), invoiceID, fmt.Appendf(nil, "bytes %d", i))
		require.NoError(t, err)
		require.Equal(t, "bytes 0", string(got))
	}
}

func foreign(t *testing.T, f Fixture) {
	ada := newID()
	capture(t, f, ada, 1)
	p, err := f.Documents.Invoices(t.Context(), ada, page.Request{})
	require.NoError(t, err)
	_, err = f.Documents.Document(t.Context(), domain.InvoiceKind, ada, p.Items[0].ID)
	require.NoError(t, err)
	_, err = f.Documents.Document(t.Context(), domain.InvoiceKind, newID(), p.Items[0].ID)
	require.ErrorIs(t, err, domain.ErrNoInvoice)
	_, err = f.Documents.Document(t.Context(), domain.InvoiceKind, ada, newID())
	require.ErrorIs(t, err, domain.ErrNoInvoice)
	_, err = f.Documents.Document(t.Context(), domain.CreditNoteKind, ada, p.Items[0].ID)
	require.ErrorIs(t, err, domain.ErrNoInvoice, "an invoice is no credit note")
}
