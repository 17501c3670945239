package domain_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newID() id.ID { return id.V7{}.NewID() }

func usd(cents int64) money.Money { return money.Of(cents, "USD") }

// contentOf makes the content of an invoice from the parts of its lines: each is a total, a tax and a discount.
func contentOf(lines ...[][3]int64) billing.InvoiceContent {
	p := billing.InvoiceContent{
		OrderNumber: "CS-1", TaxIncluded: true, Subtotal: usd(0), Discount: usd(0),
		Tax: usd(0), Total: usd(0),
	}
	add := func(m *money.Money, n int64) { *m = usd(m.Amount() + n) }
	for i, parts := range lines {
		l := billing.LineItem{
			LineID: newID(), Title: fmt.Sprint(i), Bundle: len(parts) > 1, Quantity: 1, Unit: usd(0),
			Discount: usd(0), Tax: usd(0), Total: usd(0),
		}
		for _, part := range parts {
			l.Parts = append(l.Parts, billing.LineItemPart{
				ProductID: newID(), Total: usd(part[0]), Tax: usd(part[1]),
				Discount: usd(part[2]), Rate: 2000,
			})
			add(&l.Total, part[0])
			add(&l.Tax, part[1])
			add(&l.Discount, part[2])
			add(&l.Unit, part[0]+part[2])
		}
		p.Lines = append(p.Lines, l)
		add(&p.Total, l.Total.Amount())
		add(&p.Tax, l.Tax.Amount())
		add(&p.Discount, l.Discount.Amount())
		add(&p.Subtotal, l.Unit.Amount())
	}
	return p
}

// sale is a captured payment with its refunds.
type sale struct {
	content billing.InvoiceContent
	payment domain.Payment
	refunds []domain.Refund
}

func newSale(content billing.InvoiceContent) *sale {
	amount := content.Total
	p := domain.NewPayment(newID(), billing.Charge{
		OrderID: newID(), Attempt: 1, AccountID: newID(), Method: "pm_ok",
		Invoice: content,
	}, "mockpay", now)
	p.Apply(domain.Outcome{Status: billing.Captured, ProviderRef: "pi_1", Amount: &amount}, now)
	return &sale{content: content, payment: p}
}

// refund refunds items, and lets the refund succeed or fail.
func (s *sale) refund(succeeds bool, items ...billing.RefundItem) (domain.Refund, error) {
	lines, err := domain.PlanRefund(s.content, s.refunds, items)
	if err != nil {
		return domain.Refund{}, err
	}
	r, err := s.payment.Refund(newID(), billing.RefundOrder{
		Key: newID().String(), RequestedBy: newID(),
		Reason: "test",
	}, lines, now)
	if err != nil {
		return r, err
	}
	status := billing.RefundSucceeded
	if !succeeds {
		status = billing.RefundFailed
	}
	r.Apply(domain.RefundOutcome{Status: status, ProviderRef: "re_1"}, now)
	if !succeeds {
		s.payment.RestoreFailedRefund(r)
	}
	s.refunds = append(s.refunds, r)
	return r, nil
}

// refunded sums the amounts, taxes and discounts of the succeeded refunds.
func (s *sale) refunded() (out [3]int64) {
	for _, r := range s.refunds {
		if r.Snapshot().Status != billing.RefundSucceeded {
			continue
		}
		for _, l := range r.Snapshot().Lines {
			out[0], out[1], out[2] = out[0]+l.Amount.Amount(), out[1]+l.Tax.Amount(), out[2]+l.Discount.Amount()
		}
	}
	return out
}

func whole(line billing.LineItem) billing.RefundItem { return billing.RefundItem{LineID: line.LineID} }

func part(line billing.LineItem, n int) billing.RefundItem {
	return billing.RefundItem{LineID: line.LineID, ProductID: line.Parts[n].ProductID}
}

func some(item billing.RefundItem, cents int64) billing.RefundItem {
	amount := usd(cents)
	item.Amount = &amount
	return item
}

// randomContent has up to four lines of up to three parts.
func randomContent(rng *rand.Rand) billing.InvoiceContent {
	var lines [][][3]int64
	for range 1 + rng.IntN(4) {
		var parts [][3]int64
		for range 1 + rng.IntN(3) {
			total := rng.Int64N(3000)
			discount := rng.Int64N(200)
			if total == 0 {
				discount = 0 // the discount of a part that cost nothing is not refunded
			}
			parts = append(parts, [3]int64{total, rng.Int64N(total/4 + 1), discount})
		}
		lines = append(lines, parts)
	}
	return contentOf(lines...)
}

func (s *sale) randomItem(rng *rand.Rand) billing.RefundItem {
	line := s.content.Lines[rng.IntN(len(s.content.Lines))]
	item := whole(line)
	if rng.IntN(2) == 0 {
		item = part(line, rng.IntN(len(line.Parts)))
	}
	if rng.IntN(2) == 0 {
		item = some(item, 1+rng.Int64N(1500))
	}
	return item
}

// Random refunds, some of which fail, and then one of the rest add up to exactly the sale, its tax and its discount.
func TestRefund_RandomItems_AddUpToSale(t *testing.T) {
	t.Parallel()
	orders := uint64(10_000)
	if many, err := strconv.ParseUint(os.Getenv("COINSLOT_TEST_SEEDS"), 10, 64); err == nil { // make simulate
		orders = many
	}
	for seed := range orders {
		rng := rand.New(rand.NewPCG(seed, 1))
		s := newSale(randomContent(rng))
		failed := false
		for range rng.IntN(6) {
			succeeds := rng.IntN(5) > 0
			_, err := s.refund(succeeds, s.randomItem(rng))
			require.True(t, err == nil || fault.Of(err).Code == "refund-exceeds-captured", err)
			failed = failed || !succeeds
			b := s.refunded()
			require.LessOrEqual(t, b[0], s.content.Total.Amount(), seed)
			require.LessOrEqual(t, b[1], s.content.Tax.Amount(), seed)
		}
		_, err := s.refund(true)
		if s.payment.Snapshot().Refunded < s.content.Total.Amount() {
			require.NoError(t, err, seed)
		}
		require.Equal(t, s.content.Total.Amount(), s.payment.Snapshot().Refunded, seed)
		b := s.refunded()
		require.Equal(t, s.content.Total.Amount(), b[0], seed)
		if !failed {
			require.Equal(t, [3]int64{s.content.Total.Amount(), s.content.Tax.Amount(), s.content.Discount.Amount()}, b, seed)
		}
		s.requireBooked(t, seed)
		_, err = s.refund(true)
		require.ErrorIs(t, err, billing.ErrExceeds)
	}
}

// requireBooked asserts that the entry of each refund balances, that its credit note adds up, and that all credit notes
// together do not exceed the invoice.
func (s *sale) requireBooked(t *testing.T, seed uint64) {
	t.Helper()
	invoice := domain.NewDraft(s.payment, domain.Sellers{})
	var total, tax int64
	for _, r := range s.refunds {
		if r.Snapshot().Status != billing.RefundSucceeded {
			continue
		}
		e, err := r.Book(newID())
		require.NoError(t, err, seed)
		require.LessOrEqual(t, len(e.Postings), 3)
		note, err := domain.NewCreditNote(r, invoice)
		require.NoError(t, err, seed)
		require.Equal(t, r.Snapshot().Amount, note.Content.Total, seed)
		require.Equal(t, note.Content.Subtotal.Amount()-note.Content.Discount.Amount(), note.Content.Total.Amount(), seed)
		total, tax = total+note.Content.Total.Amount(), tax+note.Content.Tax.Amount()
	}
	require.LessOrEqual(t, total, s.content.Total.Amount(), seed)
	require.LessOrEqual(t, tax, s.content.Tax.Amount(), seed)
}

func TestPlanRefund_InvalidItems_ReturnErrors(t *testing.T) {
	t.Parallel()
	s := newSale(contentOf([][3]int64{{1000, 200, 0}}, [][3]int64{{300, 50, 0}, {700, 100, 0}}))
	game, bundle := s.content.Lines[0], s.content.Lines[1]
	eur := whole(game)
	amount := money.Of(100, "EUR")
	eur.Amount = &amount
	stranger := billing.RefundItem{LineID: newID()}
	for name, c := range map[string]struct {
		want  error
		items []billing.RefundItem
	}{
		"nothing":                 {billing.ErrItems, []billing.RefundItem{some(whole(game), 0)}},
		"less than nothing":       {billing.ErrItems, []billing.RefundItem{some(whole(game), -1)}},
		"another currency":        {billing.ErrItems, []billing.RefundItem{eur}},
		"a line twice":            {billing.ErrItems, []billing.RefundItem{whole(game), whole(game)}},
		"a line and a part of it": {billing.ErrItems, []billing.RefundItem{part(bundle, 0), whole(bundle)}},
		"more than the line":      {billing.ErrExceeds, []billing.RefundItem{some(whole(game), 1001)}},
		"more than the product":   {billing.ErrExceeds, []billing.RefundItem{some(part(bundle, 0), 301)}},
		"a line of another order": {billing.ErrNoLine, []billing.RefundItem{stranger}},
		"a product of other lines": {
			billing.ErrNoLine,
			[]billing.RefundItem{{LineID: game.LineID, ProductID: bundle.Parts[0].ProductID}},
		},
	} {
		_, err := s.refund(true, c.items...)
		require.ErrorIs(t, err, c.want, name)
	}
	_, err := s.refund(true, some(whole(game), 0), some(whole(game), -1), eur)
	require.Len(t, fault.Of(err).Fields, 5, "every violation at once")
	require.Zero(t, s.payment.Snapshot().Refunded)
	_, err = s.refund(true, part(bundle, 1))
	require.NoError(t, err)
	_, err = s.refund(true, part(bundle, 1))
	require.ErrorIs(t, err, billing.ErrExceeds, "it is refunded already")
	r, err := s.refund(true, whole(bundle))
	require.NoError(t, err)
	require.Equal(t, usd(300), r.Snapshot().Amount, "the rest of it")
}

func TestPlanRefund_FailedRefund_CanBeRefundedAgain(t *testing.T) {
	t.Parallel()
	s := newSale(contentOf([][3]int64{{1000, 167, 99}}))
	for range 3 {
		_, err := s.refund(false, whole(s.content.Lines[0]))
		require.NoError(t, err)
	}
	r, err := s.refund(true)
	require.NoError(t, err)
	require.Equal(t, billing.RefundLine{
		LineID: s.content.Lines[0].LineID, ProductID: s.content.Lines[0].Parts[0].ProductID, Quantity: 1,
		Amount: usd(1000), Tax: usd(167), Discount: usd(99),
	}, r.Snapshot().Lines[0])
}
