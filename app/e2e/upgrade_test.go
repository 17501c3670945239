package e2e_test

import (
	"net/http"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/modules/checkout/adapters/taxes"

	"github.com/stretchr/testify/require"
)

// withoutLedger are the newest migrations of the schema that has no ledger.
var withoutLedger = map[string]int64{"billing": 2, "cart": 1, "checkout": 2, "identity": 1, "library": 1}

// The migrations add journal entries, taxes and credit notes to orders from before the ledger.
func TestUpgrade_OldOrders_GetLedgerAndInvoices(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil, harness.With(func(cfg *store.Config) { cfg.Taxes = taxes.Config{Mode: "none"} }))
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_ok", "star-orchard", "oddments").Is(http.StatusCreated)
	alone := buyer.Checkout("pm_requires_action", "tidewright").Is(http.StatusAccepted)
	bundle := buyer.Keyed("/v1/checkouts", harness.NewKey(),
		buyer.Purchase("pm_ok", buyer.Bundle("puzzle-drawer"))).Is(http.StatusCreated)
	confirm(t, alone, "success")
	r.AwaitStatus(t, alone.Text("id"), "refunded")
	harness.Eventually(t, "all documents are numbered and all entries sealed", func() bool {
		return harness.Count(t, r, "billing.invoice_drafts") == 0 && harness.Count(t, r, "billing.journal_unsealed") == 0
	})
	r.VerifyInvariants(t)
	entries := harness.Count(t, r, "billing.journal_entries")
	require.Equal(t, 4, entries)

	m, err := store.NewMigrator(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer m.Close()
	r.Stop()
	for module, version := range withoutLedger {
		require.NoError(t, m.DownTo(t.Context(), module, version))
	}
	// In the old schema, the products of a line had no shares of its price.
	r.AsOwner(t, `UPDATE checkout.order_lines l SET gives =
		(SELECT jsonb_agg(g - 'gross' - 'discount' - 'tax' - 'total' - 'rate') FROM jsonb_array_elements(gives) g)`)
	require.NoError(t, m.Up(t.Context()))
	require.Equal(t, entries, harness.Count(t, r, "billing.journal_entries"))
	require.Equal(t, 1, harness.Count(t, r, "billing.invoice_drafts WHERE kind = 'credit_note'"))
	r.VerifyInvariants(t)

	server, stop := r.Start(t, r.Config(t), false)
	t.Cleanup(stop)
	r.URL = "http://" + server.Address()
	r.Webhooks.SetTarget(r.URL)
	buyer.Base = r.URL
	harness.Eventually(t, "all documents are numbered and all entries sealed", func() bool {
		return harness.Count(t, r, "billing.invoice_drafts") == 0 && harness.Count(t, r, "billing.journal_unsealed") == 0
	})
	for _, bought := range []harness.Reply{order, bundle} {
		buyer.Get("/v1/invoices/" + bought.Body["invoice"].(harness.Object)["id"].(string) + "/pdf").Is(http.StatusOK)
		require.Equal(t, bought.Body["total"], buyer.Get("/v1/orders/" + bought.Text("id")).Is(http.StatusOK).Body["total"])
	}
	r.VerifyInvariants(t)
}
