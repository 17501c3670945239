package e2e_test

import (
	"net/http"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

func TestViolations_LocationIsTheMember(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	line := order.Items("lines")[0]["id"]
	refund := func(body harness.Object) harness.Reply { return buyer.Refund(order.Text("id"), body) }
	item := harness.Object{"line_id": line}
	for location, rejected := range map[string]harness.Reply{
		"body.line_ids[1]": refund(harness.Object{"line_ids": []any{line, line}}),
		"body.items[1]":    refund(harness.Object{"items": []any{item, item}}),
		"body.slug": clerk.Post("/v1/admin/products", harness.Object{
			"slug": "No Slug", "title": "Lago", "kind": "game", "category": "test",
			"price": harness.Object{"amount": 100, "currency": "EUR"},
		}),
		"body.country": buyer.Send(http.MethodPatch, "/v1/me", harness.Object{"country": "XX"}, nil),
	} {
		rejected.Problem(http.StatusUnprocessableEntity, "invalid-request")
		require.Equal(t, location, rejected.Items("errors")[0]["location"])
	}
}
