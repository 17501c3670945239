package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/app/verify"

	"github.com/stretchr/testify/require"
)

const oneDay = 24 * time.Hour

// reconciled returns what reconcile prints about a day.
func reconciled(t *testing.T, cfg store.Config, day verify.Day) string {
	t.Helper()
	var out bytes.Buffer
	err := verify.Reconcile(t.Context(), cfg, day, &out)
	require.Equal(t, strings.HasSuffix(out.String(), " 0 differences\n"), err == nil, "%v", err)
	require.True(t, err == nil || errors.Is(err, verify.ErrDiffers), "%v", err)
	return out.String()
}

// month is a store and its provider, whose clock is ahead by some days.
type month struct {
	*harness.Store
	buyer *harness.Client
	clerk *harness.Client
	today time.Time // of the store
	ahead int       // in days
}

func newMonth(t *testing.T) *month {
	t.Helper()
	r := harness.Start(t, nil)
	return &month{Store: r, buyer: r.NewBuyer(t), clerk: r.Clerk(t), today: time.Now().UTC().Truncate(oneDay)}
}

// nextDay advances the provider's clock past midnight, and waits until its payout is booked.
func (m *month) nextDay(t *testing.T) {
	t.Helper()
	before := harness.Count(t, m.Store, "billing.payouts")
	m.PostToProvider(t, "/_clock/advance", `{"seconds":86400}`, http.StatusOK)
	m.ahead++
	harness.Eventually(t, "the day's payout is booked", func() bool {
		return harness.Count(t, m.Store, "billing.payouts") > before
	})
}

// disputed makes a purchase whose dispute is decided in steps, and waits for the last one.
func (m *month) disputed(t *testing.T, product, outcome, ends string) {
	t.Helper()
	m.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "dispute", "ms": 20, "outcome": "`+outcome+`"}]}`)
	order := m.buyer.Checkout("pm_ok", product).Is(http.StatusCreated)
	harness.Eventually(t, "the dispute is "+ends, func() bool {
		return harness.Count(t, m.Store,
			"billing.disputes WHERE status = '"+ends+"' AND order_id = '"+order.Text("id")+"'") == 1
	})
}

// balances are the ledger's balances by account.
func (m *month) balances(t *testing.T) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for _, a := range m.clerk.Get("/v1/admin/ledger/accounts").Is(http.StatusOK).Items("items") {
		for _, b := range harness.List(a, "balances") {
			out[a["account"].(string)] = int64(b["amount"].(float64))
		}
	}
	return out
}

// differences is what reconcile prints about the days on which something moved: the first ones and the last one.
func (m *month) differences(t *testing.T, heal bool) (out string) {
	t.Helper()
	for n := range m.ahead + 1 {
		if n <= 5 || n == m.ahead {
			out += reconciled(t, m.Config(t), verify.Day{Start: m.today.Add(time.Duration(n) * oneDay), Heal: heal})
		}
	}
	return out
}

func (m *month) requireSilence(t *testing.T) {
	t.Helper()
	found := m.differences(t, false)
	require.Equal(t, strings.Count(found, "\n"), strings.Count(found, " 0 differences\n"), found)
}

// play lets charges, refunds on older charges, disputes, fees and payouts happen, and one payout fail.
func (m *month) play(t *testing.T) (orderID string) {
	t.Helper()
	games := m.buyer.PaidGames()
	first := m.buyer.Checkout("pm_ok", games[0]).Is(http.StatusCreated).Text("id")
	m.buyer.Checkout("pm_ok", games[1]).Is(http.StatusCreated)
	m.nextDay(t)

	m.buyer.Checkout("pm_ok", games[2]).Is(http.StatusCreated)
	m.buyer.Checkout("pm_ok", games[3]).Is(http.StatusCreated)
	m.buyer.Refund(first, nil).Is(http.StatusCreated) // of a charge that is paid out
	m.nextDay(t)

	m.disputed(t, games[4], "won", "won")
	m.PostToProvider(t, "/_fees", `{"amount":99,"currency":"EUR"}`, http.StatusCreated)
	m.buyer.Checkout("pm_ok", games[7]).Is(http.StatusCreated)
	orderID = m.buyer.Checkout("pm_ok", games[5]).Is(http.StatusCreated).Text("id")
	m.nextDay(t)

	m.disputed(t, games[6], "lost", "lost")
	for _, game := range games[8:13] {
		m.buyer.Checkout("pm_ok", game).Is(http.StatusCreated)
	}
	made := harness.Reply{T: t}
	raw := harness.MustCall(t, http.MethodPost, m.Mockpay.URL()+"/_payouts", "")
	require.NoError(t, json.Unmarshal([]byte(raw), &made.Body))
	payout := made.Items("items")[0]["id"].(string)
	m.PostToProvider(t, "/_payouts/"+payout+"/fail", "", http.StatusOK)
	harness.Eventually(t, "the payout has failed", func() bool {
		return harness.Count(t, m.Store, "billing.payouts WHERE status = 'failed'") == 1
	})
	for range 26 {
		m.PostToProvider(t, "/_clock/advance", `{"seconds":86400}`, http.StatusOK)
		m.ahead++
	}
	harness.Eventually(t, "the provider has paid out everything", func() bool {
		return m.balances(t)["provider_clearing"] == 0
	})
	return orderID
}

// A month with all that moves at a provider ends with an empty balance, and reconcile finds nothing. Then each kind of
// difference is made, and named.
func TestReconcile_Month_EndsWithEmptyClearing(t *testing.T) {
	t.Parallel()
	m := newMonth(t)
	orderID := m.play(t)
	require.JSONEq(t, `{"items":[],"next_cursor":null}`,
		harness.MustCall(t, http.MethodGet, m.Mockpay.URL()+"/v1/balance", ""))
	end := m.balances(t)
	require.Zero(t, end["provider_clearing"])
	require.Positive(t, end["bank"])
	require.EqualValues(t, 2*1500, end["dispute_fees"])
	m.AwaitNumbers(t)
	m.VerifyInvariants(t)
	m.requireSilence(t)

	m.Webhooks.Drop()
	m.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "dispute", "ms": 1, "outcome": "open"}]}`)
	m.ChargeAgain(t, orderID)
	m.RefundAtProvider(t, orderID, 5)
	m.PostToProvider(t, "/_fees", `{"amount":7,"currency":"EUR"}`, http.StatusCreated)
	for range 4 { // so that the balance suffices for a payout
		chargeUnknown(t, m.Store, 1000)
	}
	harness.Eventually(t, "the dispute is open", func() bool {
		return strings.Contains(m.differences(t, false), "a dispute fee that the store does not have")
	})
	m.PostToProvider(t, "/_payouts", "", http.StatusCreated)
	found := m.differences(t, false)
	for _, kind := range []string{"charge", "refund", "dispute", "dispute fee", "fee", "payout"} {
		require.Contains(t, found, "the provider has a "+kind+" that the store does not have")
	}
	healed := m.differences(t, true)
	for _, kind := range []string{"charge", "refund", "dispute"} {
		require.Contains(t, healed, "the provider has a "+kind+" that the store does not have")
	}
	require.NotContains(t, healed, "fee that")
	require.NotContains(t, healed, "payout")

	m.AsOwner(t, `UPDATE billing.payments SET provider_ref = 'pi_gone' WHERE order_id = '`+orderID+`';
		UPDATE billing.refunds SET provider_ref = 're_gone';
		UPDATE billing.disputes SET provider_ref = 'dp_gone' WHERE status = 'lost';
		UPDATE billing.disputes SET amount = amount - 1, status = 'lost' WHERE status = 'won';
		UPDATE billing.payouts SET provider_ref = 'po_gone'
			WHERE id = (SELECT id FROM billing.payouts WHERE status = 'paid' ORDER BY id LIMIT 1);
		UPDATE billing.payouts SET amount = amount + 1
			WHERE id = (SELECT id FROM billing.payouts WHERE status = 'paid' ORDER BY id DESC LIMIT 1);
		UPDATE billing.journal_entries SET source_id = 'fee_gone' WHERE source_id =
			(SELECT min(source_id) FROM billing.journal_entries WHERE source_type = 'fee' AND source_id LIKE 'fee_%');
		UPDATE billing.journal_entries SET source_id = 'dp_fee_gone' WHERE source_id =
			(SELECT min(source_id) FROM billing.journal_entries WHERE source_type = 'fee' AND source_id LIKE 'dp_%')`)
	found = m.differences(t, false)
	for _, kind := range []string{"charge", "refund", "dispute", "dispute fee", "fee", "payout"} {
		require.Contains(t, found, "the store has a "+kind+" that the provider does not have")
	}
	require.Contains(t, found, "the amounts of the dispute differ")
	require.Contains(t, found, "the amounts of the payout differ")
}

// chargeUnknown makes a charge at the provider for an order that the store does not have.
func chargeUnknown(t *testing.T, r *harness.Store, amount int) {
	t.Helper()
	harness.MustCall(t, http.MethodPost, r.Mockpay.URL()+"/v1/payment_intents", fmt.Sprintf(
		`{"reference":"%s","amount":%d,"currency":"EUR","payment_method":"pm_ok"}`, harness.NewKey(), amount))
}

// manyCharges are in the store's records and the provider's.
const manyCharges = 20_000

// startArchive starts a provider that lists the many charges of a day by their time, one for each second, in pages.
func startArchive(t *testing.T, day time.Time) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		within := func(key string) int {
			at, _ := time.Parse(time.RFC3339Nano, r.URL.Query().Get(key))
			return min(max(int(at.Sub(day).Seconds()), 0), manyCharges)
		}
		first, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
		first, last := max(first, within("created_from")), within("created_to")
		items := []harness.Object{}
		for n := first; n < min(first+500, last); n++ {
			items = append(items, harness.Object{
				"id": fmt.Sprintf("txn_%d", n), "type": "charge", "gross": 1000, "fee": 15, "currency": "EUR",
				"source": fmt.Sprintf("pi_%d", n), "created_at": day.Add(time.Duration(n) * time.Second),
			})
		}
		page := harness.Object{"items": items, "next_cursor": nil}
		if next := first + 500; next < last {
			page["next_cursor"] = strconv.Itoa(next)
		}
		json.NewEncoder(w).Encode(page)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Half of the charges were recorded on the day before, so that both statements of the store's side have much to read.
func TestReconcile_ManyCharges_TakesSeconds(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	day := time.Now().UTC().Truncate(oneDay)
	r.AsOwner(t, fmt.Sprintf(`CREATE TEMPORARY TABLE made AS
		SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS order_id, gen_random_uuid() AS entry_id,
			'%s'::timestamptz + make_interval(hours => -12, secs => n * 4) AS at
		FROM generate_series(0, %d) AS n;
		INSERT INTO billing.payments (id, order_id, attempt, account_id, amount, currency, status, provider, provider_ref,
			decline_code, brand, last4, action_type, action_url, captured, created_at, updated_at)
		SELECT id, order_id, 1, order_id, 1000, 'EUR', 'captured', 'mockpay', 'pi_' || n, '', '', '', '', '', 1000, at, at
		FROM made;
		INSERT INTO billing.journal_entries SELECT entry_id, 'payment', id::text, order_id, at FROM made;
		INSERT INTO billing.journal_postings SELECT entry_id, v.* FROM made, (VALUES (1, 'provider_clearing', 'EUR', 985),
			(2, 'provider_fees', 'EUR', 15), (3, 'revenue', 'EUR', -1000)) AS v;
		ANALYZE`, day.Format(time.RFC3339), manyCharges-1))
	cfg := r.Config(t)
	cfg.Payments.URL = startArchive(t, day)
	began := time.Now()
	require.Contains(t, reconciled(t, cfg, verify.Day{Start: day}), fmt.Sprintf(
		"%d movements at the provider, %d in the store: 0 differences", manyCharges, manyCharges))
	t.Logf("%d charges were reconciled in %s", manyCharges, time.Since(began).Round(100*time.Millisecond))
	require.Less(t, time.Since(began), 30*time.Second)
	r.AsOwner(t, `UPDATE billing.payments SET captured = 999 WHERE provider_ref IN ('pi_3', 'pi_19999')`)
	require.Contains(t, reconciled(t, cfg, verify.Day{Start: day}), "2 differences")
}
