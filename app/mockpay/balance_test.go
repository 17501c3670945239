package mockpay_test

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"coinslot/app/mockpay"

	"github.com/stretchr/testify/require"
)

// startPaying starts a provider that keeps 1.4 % and 0.25 of each charge, and 15.00 of each dispute.
func startPaying(t *testing.T) *mockpay.Server {
	t.Helper()
	server, err := mockpay.Start(mockpay.Options{
		Address: "127.0.0.1:0", APIKey: apiKey, Path: filepath.Join(t.TempDir(), "mockpay.db"),
		FeeRate: 140, FeeFixed: 25, DisputeFee: 1500,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server
}

// charged makes a charge and returns the ID of its intent.
func charged(t *testing.T, base, key, body string) string {
	t.Helper()
	status, intent := call(t, http.MethodPost, base+"/v1/payment_intents", key, body)
	require.Equal(t, http.StatusCreated, status)
	return intent["id"].(string)
}

// listed returns the items of a list, in which every page but the last has a cursor.
func listed(t *testing.T, url string) (out []map[string]any) {
	t.Helper()
	status, page := call(t, http.MethodGet, url, "", "")
	require.Equal(t, http.StatusOK, status)
	for _, item := range page["items"].([]any) {
		out = append(out, item.(map[string]any))
	}
	return out
}

// nets returns type, net amount and fee of transactions.
func nets(items []map[string]any) (out [][3]any) {
	for _, item := range items {
		out = append(out, [3]any{item["type"], int(item["net"].(float64)), int(item["fee"].(float64))})
	}
	return out
}

const thousand = `{"reference":"order-1","amount":1000,"currency":"USD","payment_method":"pm_ok"}`

func TestBalance_EachMovement_IsATransaction(t *testing.T) {
	t.Parallel()
	base := startPaying(t).URL()
	call(t, http.MethodPost, base+"/_scenarios", "-",
		`{"for":{"next":1},"do":[{"verb":"dispute","ms":1,"outcome":"won"}]}`)
	intent := charged(t, base, "k", thousand)
	require.Eventually(t, func() bool {
		return len(listed(t, base+"/v1/balance_transactions")) == 4
	}, 20*time.Second, 10*time.Millisecond)
	_, refund := call(t, http.MethodPost, base+"/v1/refunds", "r", `{"intent":"`+intent+`","amount":300}`)
	_, fee := call(t, http.MethodPost, base+"/_fees", "-", `{"amount":99,"currency":"USD"}`)
	all := listed(t, base+"/v1/balance_transactions")
	require.Equal(t, [][3]any{
		{"charge", 961, 39},
		{"dispute", -1000, 0},
		{"dispute_fee", -1500, 0},
		{"dispute_reversal", 1000, 0},
		{"refund", -300, 0},
		{"fee", -99, 0},
	}, nets(all))
	require.Equal(t, all[4:5], listed(t, base+"/v1/balance_transactions?source="+refund["id"].(string)))
	require.Equal(t, all[5:], listed(t, base+"/v1/balance_transactions?source="+fee["id"].(string)))
	require.Equal(t, intent, all[4]["intent"])
	require.Equal(t, "order-1", all[4]["reference"])
	require.Empty(t, listed(t, base+"/v1/balance_transactions?created_to=2020-01-01T00:00:00Z"))
	require.Len(t, listed(t, base+"/v1/balance_transactions?created_from=2020-01-01T00:00:00Z"), 6)
	require.Empty(t, listed(t, base+"/v1/balance_transactions?created_from=2100-01-01T00:00:00Z"))
	require.InEpsilon(t, -938, listed(t, base+"/v1/balance")[0]["amount"], 0)
	status, _ := call(t, http.MethodGet, base+"/v1/balance_transactions?created_from=now", "", "")
	require.Equal(t, http.StatusBadRequest, status)
	for _, bad := range []string{`{}`, `{"amount":0,"currency":"USD"}`, `{"amount":1,"currency":"USD","x":1}`} {
		status, _ = call(t, http.MethodPost, base+"/_fees", "-", bad)
		require.Equal(t, http.StatusBadRequest, status, bad)
	}
}

// The fee of a small charge is at most the charge.
func TestBalance_SmallCharge_CostsAtMostItself(t *testing.T) {
	t.Parallel()
	base := startPaying(t).URL()
	charged(t, base, "k", `{"reference":"o","amount":10,"currency":"USD","payment_method":"pm_ok"}`)
	require.Equal(t, [][3]any{{"charge", 0, 10}}, nets(listed(t, base+"/v1/balance_transactions")))
}

func TestPayout_TakesTheBalance_AndReturnsItWhenItFails(t *testing.T) {
	t.Parallel()
	base := startPaying(t).URL()
	charged(t, base, "k", thousand)
	charged(t, base, "e", `{"reference":"order-2","amount":500,"currency":"EUR","payment_method":"pm_ok"}`)
	_, made := call(t, http.MethodPost, base+"/_payouts", "-", ``)
	require.Len(t, made["items"], 2)
	euros := made["items"].([]any)[0].(map[string]any)
	require.Equal(t, "EUR", euros["currency"])
	require.InEpsilon(t, 468, euros["amount"], 0)
	require.Empty(t, listed(t, base+"/v1/balance"))
	payoutID := euros["id"].(string)
	of := base + "/v1/balance_transactions?payout=" + payoutID
	require.Equal(t, [][3]any{{"charge", 468, 32}, {"payout", -468, 0}}, nets(listed(t, of)))
	_, none := call(t, http.MethodPost, base+"/_payouts", "-", ``)
	require.Empty(t, none["items"], "nothing is left")

	for range 2 {
		_, failed := call(t, http.MethodPost, base+"/_payouts/"+payoutID+"/fail", "-", ``)
		require.Equal(t, "failed", failed["status"])
	}
	require.InEpsilon(t, 468, listed(t, base+"/v1/balance")[0]["amount"], 0)
	require.Len(t, listed(t, of), 2, "the failure is a transaction of the next payout")
	_, again := call(t, http.MethodPost, base+"/_payouts", "-", ``)
	require.InEpsilon(t, 468, again["items"].([]any)[0].(map[string]any)["amount"], 0)
	require.Len(t, listed(t, base+"/v1/payouts"), 3)
	_, got := call(t, http.MethodGet, base+"/v1/payouts/"+payoutID, "", "")
	require.Equal(t, "failed", got["status"])
	status, _ := call(t, http.MethodPost, base+"/_payouts/po_none/fail", "-", ``)
	require.Equal(t, http.StatusNotFound, status)
	status, _ = call(t, http.MethodGet, base+"/v1/payouts/po_none", "", "")
	require.Equal(t, http.StatusNotFound, status)
}

func TestPayout_EachDay_ByTheProvidersClock(t *testing.T) {
	t.Parallel()
	base := startPaying(t).URL()
	for day := range 3 {
		charged(t, base, string(rune('a'+day)), thousand)
		call(t, http.MethodPost, base+"/_clock/advance", "-", `{"seconds":86400}`)
		require.Eventually(t, func() bool {
			return len(listed(t, base+"/v1/payouts")) == day+1
		}, 20*time.Second, 10*time.Millisecond)
	}
	require.Empty(t, listed(t, base+"/v1/balance"))
}
