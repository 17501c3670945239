package e2e_test

import (
	"net/http"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

func proposal(debit, credit string, cents int64) harness.Object {
	return harness.Object{
		"debit_account": debit, "credit_account": credit, "reason": "The monthly fee",
		"amount": harness.Object{"amount": cents, "currency": "EUR"},
	}
}

const manualPath = "/v1/admin/journal-entries"

func TestManualEntry_ApprovedByAnother_IsBooked(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	author, approver := r.Clerk(t), r.NewClerk(t)
	body := proposal("bank", "payment_differences", 25)
	author.Post(manualPath, body).Problem(http.StatusBadRequest, "idempotency-key-required")
	entry := author.Keyed(manualPath, "one", body).Is(http.StatusCreated)
	require.Equal(t, "proposed", entry.Text("status"))
	again := author.Keyed(manualPath, "one", body).Is(http.StatusCreated)
	require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
	require.Equal(t, entry.Text("id"), again.Text("id"))
	author.Keyed(manualPath, "one", proposal("bank", "payment_differences", 26)).
		Problem(http.StatusUnprocessableEntity, "idempotency-key-reused")
	require.NotEqual(t, entry.Text("id"), approver.Keyed(manualPath, "one", body).Is(http.StatusCreated).Text("id"),
		"a key is of its author")
	require.Zero(t, harness.Count(t, r, "billing.journal_entries"), "a proposal books nothing")

	path := manualPath + "/" + entry.Text("id")
	for _, verb := range []string{"/approve", "/reject"} {
		author.Post(path+verb, nil).Problem(http.StatusForbidden, "own-journal-entry")
	}
	approver.Post(manualPath+"/x/approve", nil).Problem(http.StatusNotFound, "journal-entry-not-found")
	approver.Post(manualPath+"/"+harness.NewKey()+"/approve", nil).
		Problem(http.StatusNotFound, "journal-entry-not-found")
	for range 2 {
		approved := approver.Post(path+"/approve", nil).Is(http.StatusOK)
		require.Equal(t, "approved", approved.Text("status"))
		require.NotEqual(t, approved.Text("author_id"), approved.Text("decided_by"))
		require.NotEmpty(t, approved.Text("decided_at"))
	}
	approver.Post(path+"/reject", nil).Problem(http.StatusConflict, "journal-entry-decided")
	booked := author.Get("/v1/admin/ledger/entries?account=bank").Is(http.StatusOK).Items("items")
	require.Len(t, booked, 1)
	require.Equal(t, "manual", booked[0]["source_type"])
	require.Equal(t, entry.Text("id"), booked[0]["source_id"])
	require.NotContains(t, booked[0], "order_id")
	rows := author.Table("/v1/admin/ledger/entries.csv")
	require.Equal(t, []string{"", "bank", "0.25", "", "EUR"}, rows[1][4:9])

	rejected := author.Keyed(manualPath, "two", body).Is(http.StatusCreated).Text("id")
	require.Equal(t, "rejected", approver.Post(manualPath+"/"+rejected+"/reject", nil).Is(http.StatusOK).Text("status"))
	for query, want := range map[string]int{"": 3, "?status=proposed": 1, "?status=rejected": 1, "?status=approved": 1} {
		require.Len(t, author.Get(manualPath+query).Is(http.StatusOK).Items("items"), want, query)
	}
	first := author.Get(manualPath + "?limit=2").Is(http.StatusOK)
	require.Equal(t, rejected, first.Items("items")[0]["id"])
	require.Len(t, author.Get(manualPath+"?limit=2&cursor="+first.Text("next_cursor")).Is(http.StatusOK).Items("items"), 1)
	r.VerifyInvariants(t)
}

func TestManualEntry_InvalidRequest_NamesTheValue(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	clerk := r.Clerk(t)
	dollars := proposal("bank", "provider_fees", 1)
	dollars["amount"] = harness.Object{"amount": 1, "currency": "USD"}
	unknown := proposal("bank", "provider_fees", 1)
	unknown["amount"] = harness.Object{"amount": 1, "currency": "XXQ"}
	silent := proposal("bank", "provider_fees", 1)
	silent["reason"] = ""
	for name, c := range map[string]struct {
		body     harness.Object
		location string
	}{
		"amount 0":            {proposal("bank", "provider_fees", 0), "body.amount.amount"},
		"negative amount":     {proposal("bank", "provider_fees", -1), "body.amount.amount"},
		"amount too large":    {proposal("bank", "provider_fees", 1_000_000_000_001), "body.amount.amount"},
		"another currency":    {dollars, "body.amount.currency"},
		"unknown currency":    {unknown, "body.amount.currency"},
		"the same account":    {proposal("bank", "bank", 1), "body.credit_account"},
		"an account of sales": {proposal("revenue", "bank", 1), "body.debit_account"},
		"no reason":           {silent, "body.reason"},
	} {
		t.Run(name, func(t *testing.T) {
			problem := clerk.Keyed(manualPath, harness.NewKey(), c.body).
				Problem(http.StatusUnprocessableEntity, "invalid-request")
			require.Equal(t, c.location, problem.Items("errors")[0]["location"])
		})
	}
	require.Zero(t, harness.Count(t, r, "billing.manual_entries"))
}
