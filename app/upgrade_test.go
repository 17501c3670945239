package main

import (
	"net/http"
	"testing"

	"coinslot/platform/config"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// newest are the modules' migrations back to those that brought the books, the newest first.
var newest = []string{
	"identity",            // limits, forms of addresses, suspension
	"billing",             // charges that were not sent
	"billing", "checkout", // return URLs
	"billing",                    // refunds that failed
	"billing",                    // lists for staff
	"billing", "cart", "library", // the locks of accounts
	"billing", "checkout", // invoices from before lines had IDs
	"billing", "checkout", "checkout", "library", // manual reviews
	"billing", "billing", "billing", "checkout", "library", "library", "identity",
}

// A store that sold before there were a ledger, taxes and credit notes has them for what it sold then.
func TestTheBooksAreMadeForWhatWasSoldBefore(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil, fx.Decorate(func(config.Taxes) config.Taxes { return config.Taxes{Mode: "none"} }))
	buyer := r.newBuyer(t)
	order := buyer.checkout("pm_ok", "star-orchard", "oddments").is(http.StatusCreated)
	alone := buyer.checkout("pm_requires_action", "tidewright").is(http.StatusAccepted)
	bundle := buyer.keyed("/v1/checkouts", newKey(),
		buyer.purchase("pm_ok", buyer.bundle("puzzle-drawer"))).is(http.StatusCreated)
	confirm(t, alone, "success")
	r.becomes(t, alone.text("id"), "refunded")
	eventually(t, "all is numbered and sealed", func() bool {
		return count(t, r, "billing.invoice_drafts") == 0 && count(t, r, "billing.journal_unsealed") == 0
	})
	r.holds(t)
	entries := count(t, r, "billing.journal_entries")
	require.Equal(t, 4, entries)

	m, err := newMigrator(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer m.Close()
	r.stop()
	for _, module := range newest {
		require.NoError(t, m.Down(t.Context(), module, false))
	}
	// Then a line gave its products without a share of its money.
	r.asOwner(t, `UPDATE checkout.order_lines l SET gives = (SELECT jsonb_agg(g - 'gross' - 'discount' - 'tax' - 'total' - 'rate') FROM jsonb_array_elements(gives) g)`)
	require.NoError(t, m.Up(t.Context()))
	require.Equal(t, entries, count(t, r, "billing.journal_entries"))
	require.Equal(t, 1, count(t, r, "billing.invoice_drafts WHERE kind = 'credit_note'"))
	r.holds(t)

	server, stop := r.start(t, r.config(t), false)
	t.Cleanup(stop)
	r.URL = "http://" + server.Address()
	r.relayed.to(r.URL)
	buyer.base = r.URL
	eventually(t, "all is numbered and sealed", func() bool {
		return count(t, r, "billing.invoice_drafts") == 0 && count(t, r, "billing.journal_unsealed") == 0
	})
	for _, bought := range []reply{order, bundle} {
		buyer.get("/v1/invoices/" + bought.Body["invoice"].(object)["id"].(string) + "/pdf").is(http.StatusOK)
		require.Equal(t, bought.Body["total"], buyer.get("/v1/orders/" + bought.text("id")).is(http.StatusOK).Body["total"])
	}
	r.holds(t)
}
