package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"

	"github.com/stretchr/testify/require"
)

// resources are the resources of one buyer and the IDs in their paths.
type resources struct {
	owner     *harness.Client
	other     *harness.Client
	staff     *harness.Client
	ItemID    string // a consumable in the cart
	OrderID   string // a completed order
	Declined  string // a declined order
	InvoiceID string
	NoteID    string // a credit note
	Paid      string // a completed order to refund
	SessionID string
	Owned     string // a product in the library
	ProductID string
	BundleID  string
	ExportID  string // an export of documents
}

// in replaces the placeholders of a path by the resources' IDs.
func (r resources) in(path string) string {
	return strings.NewReplacer(
		"{item}", r.ItemID, "{order}", r.OrderID, "{declined}", r.Declined, "{paid}", r.Paid, "{invoice}", r.InvoiceID,
		"{note}", r.NoteID, "{session}", r.SessionID, "{product}", r.ProductID, "{bundle}", r.BundleID, "{owned}", r.Owned,
		"{export}", r.ExportID,
	).Replace(path)
}

// access is a row of the matrix: the status that each kind of caller gets for an operation on the owner's resources.
// Without a token, or with the token of an erased account, the status is 401 unless the operation is public.
type access struct {
	path   string // with placeholders such as {order} for the owner's resources
	body   any
	bodyOf func(r resources) any
	owner  int
	other  int // another buyer
	staff  int
	public bool
}

func public(path string, status int) access {
	return access{path: path, owner: status, other: status, staff: status, public: true}
}

// self is an operation on the caller's own resources.
func self(path string, status int, body any) access {
	return access{path: path, body: body, owner: status, other: status, staff: status}
}

// mine is an operation on a resource of the owner that does not exist for others.
func mine(path string, status int, body any) access {
	return access{path: path, body: body, owner: status, other: http.StatusNotFound, staff: http.StatusNotFound}
}

func staffOnly(path string, status int, body any) access {
	return access{path: path, body: body, owner: http.StatusForbidden, other: http.StatusForbidden, staff: status}
}

func newAddress(resources) any {
	return harness.Object{"email": harness.NewKey()[24:] + "@example.com"}
}

var matrix = map[string]access{
	"POST /v1/accounts": {path: "/v1/accounts", bodyOf: func(resources) any {
		name := "new-" + harness.NewKey()[24:]
		return harness.Object{
			"email": name + "@example.com", "handle": name, "display_name": "x",
			"password": harness.TestPassword,
		}
	}, owner: 201, other: 201, staff: 201, public: true},
	"POST /v1/sessions": {
		path: "/v1/sessions", body: harness.Object{"login": "ada", "password": harness.TestPassword},
		owner: 201, other: 201, staff: 201, public: true,
	},
	"POST /v1/sessions/refresh": {
		path: "/v1/sessions/refresh", body: harness.Object{"refresh_token": "unknown"}, owner: 401,
		other: 401, staff: 401, public: true,
	},
	"GET /v1/sessions":            self("/v1/sessions", 200, nil),
	"DELETE /v1/sessions/current": self("/v1/sessions/current", 204, nil),
	"DELETE /v1/sessions/{id}":    mine("/v1/sessions/{session}", 204, nil),
	"GET /v1/me":                  self("/v1/me", 200, nil),
	"PATCH /v1/me":                self("/v1/me", 200, harness.Object{"display_name": "Other"}),
	"DELETE /v1/me":               self("/v1/me", 204, harness.Object{"password": harness.TestPassword}),
	"PUT /v1/me/password": self("/v1/me/password", 204,
		harness.Object{"current_password": harness.TestPassword, "new_password": "a wholly new password"}),

	"POST /v1/guests": public("/v1/guests", 201),
	"POST /v1/me/registration": {path: "/v1/me/registration", bodyOf: func(resources) any {
		return registration("guest-" + harness.NewKey()[24:])
	}, owner: 409, other: 409, staff: 409},
	"POST /v1/cart/merge": self("/v1/cart/merge", 422, harness.Object{"guest_token": "unknown"}),
	"POST /v1/email-verifications": {
		path: "/v1/email-verifications", bodyOf: newAddress, owner: 202, other: 202, staff: 202, public: true,
	},
	"POST /v1/email-verifications/confirm": {
		path: "/v1/email-verifications/confirm", body: harness.Object{"token": "unknown"},
		owner: 422, other: 422, staff: 422, public: true,
	},
	"POST /v1/password-resets": {
		path: "/v1/password-resets", bodyOf: newAddress, owner: 202, other: 202, staff: 202, public: true,
	},
	"POST /v1/password-resets/confirm": {
		path: "/v1/password-resets/confirm", body: harness.Object{"token": "unknown", "new_password": "a new password"},
		owner: 422, other: 422, staff: 422, public: true,
	},
	"PUT /v1/me/email": {path: "/v1/me/email", bodyOf: func(resources) any {
		return harness.Object{"email": harness.NewKey()[24:] + "@example.org", "password": harness.TestPassword}
	}, owner: 202, other: 202, staff: 202},

	"GET /v1/products":              public("/v1/products", 200),
	"GET /v1/products/{id}":         public("/v1/products/star-orchard", 200),
	"GET /v1/products/{id}/prices":  public("/v1/products/star-orchard/prices", 200),
	"GET /v1/products/{id}/bundles": public("/v1/products/tidewright/bundles", 200),
	"GET /v1/bundles":               public("/v1/bundles", 200),
	"GET /v1/bundles/{id}":          public("/v1/bundles/starter-purse", 200),
	"GET /v1/bundles/{id}/prices":   public("/v1/bundles/starter-purse/prices?at=2030-01-01T00:00:00Z", 200),
	"GET /v1/categories":            public("/v1/categories", 200),

	"POST /v1/admin/products": staffOnly("/v1/admin/products", 201,
		harness.Object{
			"title": "New Game", "kind": "game", "category": "rpg",
			"price": harness.Object{"amount": 1, "currency": "EUR"},
		}),
	"PATCH /v1/admin/products/{id}": staffOnly("/v1/admin/products/{product}", 200,
		harness.Object{"description": "changed"}),
	"POST /v1/admin/products/{id}/prices": staffOnly("/v1/admin/products/{product}/prices", 201,
		harness.Object{"amount": 5, "currency": "EUR"}),
	"POST /v1/admin/products/{id}/archive":            staffOnly("/v1/admin/products/{product}/archive", 200, nil),
	"POST /v1/admin/products/{id}/unarchive":          staffOnly("/v1/admin/products/{product}/unarchive", 200, nil),
	"DELETE /v1/admin/products/{id}/prices/{version}": staffOnly("/v1/admin/products/{product}/prices/1", 409, nil),
	"POST /v1/admin/bundles": {path: "/v1/admin/bundles", bodyOf: func(r resources) any {
		return harness.Object{
			"title":       "New Bundle",
			"product_ids": []string{r.ProductID, r.owner.Product("oddments").Text("id")},
		}
	}, owner: 403, other: 403, staff: 201},
	"PATCH /v1/admin/bundles/{id}": staffOnly("/v1/admin/bundles/{bundle}", 200,
		harness.Object{"title": "Changed"}),
	"POST /v1/admin/bundles/{id}/prices": staffOnly("/v1/admin/bundles/{bundle}/prices", 201,
		harness.Object{"amount": 5, "currency": "EUR"}),
	"POST /v1/admin/bundles/{id}/archive":            staffOnly("/v1/admin/bundles/{bundle}/archive", 200, nil),
	"POST /v1/admin/bundles/{id}/unarchive":          staffOnly("/v1/admin/bundles/{bundle}/unarchive", 200, nil),
	"DELETE /v1/admin/bundles/{id}/prices/{version}": staffOnly("/v1/admin/bundles/{bundle}/prices/1", 404, nil),

	"GET /v1/admin/tax-report":     staffOnly("/v1/admin/tax-report?period=2026-Q1", 200, nil),
	"GET /v1/admin/tax-report.csv": staffOnly("/v1/admin/tax-report.csv?period=2026-Q1", 200, nil),

	"GET /v1/cart":    self("/v1/cart", 200, nil),
	"DELETE /v1/cart": self("/v1/cart", 204, nil),
	"POST /v1/cart/items": {
		path: "/v1/cart/items", bodyOf: func(r resources) any { return harness.Object{"product_id": r.ProductID} },
		owner: 201, other: 201, staff: 201,
	},
	"PATCH /v1/cart/items/{id}":  mine("/v1/cart/items/{item}", 200, harness.Object{"quantity": 2}),
	"DELETE /v1/cart/items/{id}": mine("/v1/cart/items/{item}", 200, nil),

	"POST /v1/checkouts/quote": {
		path: "/v1/checkouts/quote", bodyOf: func(r resources) any { return harness.Object{"item_ids": []string{r.ItemID}} },
		owner: 200, other: 404, staff: 404,
	},
	"POST /v1/checkouts": {
		path: "/v1/checkouts", bodyOf: func(r resources) any { return r.owner.Purchase("pm_ok", r.ItemID) },
		owner: 201, other: 404, staff: 404,
	},
	"GET /v1/orders":               self("/v1/orders", 200, nil),
	"GET /v1/orders/{id}":          mine("/v1/orders/{order}", 200, nil),
	"GET /v1/orders/{id}/timeline": mine("/v1/orders/{order}/timeline", 200, nil),
	"POST /v1/orders/{id}/payments": mine("/v1/orders/{declined}/payments", 201,
		harness.Object{"payment_method": "pm_ok"}),
	"POST /v1/orders/{id}/cancel": mine("/v1/orders/{declined}/cancel", 200, nil),

	"POST /v1/orders/{id}/refunds": {
		path: "/v1/orders/{paid}/refunds", body: harness.Object{"reason": "test"},
		owner: 409, other: 404, staff: 201, // staff refunds it before the owner
	},

	"GET /v1/admin/orders":               staffOnly("/v1/admin/orders?status=completed", 200, nil),
	"GET /v1/admin/orders/{id}":          staffOnly("/v1/admin/orders/{order}", 200, nil),
	"GET /v1/admin/orders/{id}/timeline": staffOnly("/v1/admin/orders/{order}/timeline", 200, nil),
	"POST /v1/admin/orders/{id}/resolve": staffOnly("/v1/admin/orders/{order}/resolve", 409,
		harness.Object{"action": "accept", "reason": "test"}),

	"GET /v1/transactions":             self("/v1/transactions", 200, nil),
	"GET /v1/transactions.csv":         self("/v1/transactions.csv", 200, nil),
	"GET /v1/invoices/{id}/xml":        mine("/v1/invoices/{invoice}/xml", 200, nil),
	"GET /v1/credit-notes/{id}":        mine("/v1/credit-notes/{note}", 200, nil),
	"GET /v1/credit-notes/{id}/pdf":    mine("/v1/credit-notes/{note}/pdf", 200, nil),
	"GET /v1/credit-notes/{id}/xml":    mine("/v1/credit-notes/{note}/xml", 200, nil),
	"GET /v1/admin/ledger/accounts":    staffOnly("/v1/admin/ledger/accounts?at=2030-01-01T00:00:00Z", 200, nil),
	"GET /v1/admin/ledger/entries":     staffOnly("/v1/admin/ledger/entries", 200, nil),
	"GET /v1/admin/ledger/entries.csv": staffOnly("/v1/admin/ledger/entries.csv", 200, nil),
	"POST /v1/admin/document-exports": staffOnly("/v1/admin/document-exports", 202,
		harness.Object{"from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00Z"}),
	"GET /v1/admin/document-exports":          staffOnly("/v1/admin/document-exports", 200, nil),
	"GET /v1/admin/document-exports/{id}":     staffOnly("/v1/admin/document-exports/{export}", 200, nil),
	"GET /v1/admin/document-exports/{id}/zip": staffOnly("/v1/admin/document-exports/{export}/zip", 200, nil),
	"DELETE /v1/admin/document-exports/{id}":  staffOnly("/v1/admin/document-exports/{export}", 204, nil),
	"GET /v1/admin/ledger/verify":             staffOnly("/v1/admin/ledger/verify", 200, nil),
	"GET /v1/admin/journal-entries":           staffOnly("/v1/admin/journal-entries?status=proposed", 200, nil),
	"POST /v1/admin/journal-entries": staffOnly("/v1/admin/journal-entries", 201, harness.Object{
		"debit_account": "bank", "credit_account": "provider_clearing", "reason": "test",
		"amount": harness.Object{"amount": 1, "currency": "EUR"},
	}),
	"POST /v1/admin/journal-entries/{id}/approve": staffOnly("/v1/admin/journal-entries/{order}/approve", 404, nil),
	"POST /v1/admin/journal-entries/{id}/reject":  staffOnly("/v1/admin/journal-entries/{order}/reject", 404, nil),
	"GET /v1/admin/invoices":                      staffOnly("/v1/admin/invoices", 200, nil),
	"GET /v1/admin/invoices/{id}":                 staffOnly("/v1/admin/invoices/{invoice}", 200, nil),
	"GET /v1/admin/invoices/{id}/pdf":             staffOnly("/v1/admin/invoices/{invoice}/pdf", 200, nil),
	"GET /v1/admin/invoices/{id}/xml":             staffOnly("/v1/admin/invoices/{invoice}/xml", 200, nil),
	"GET /v1/admin/credit-notes":                  staffOnly("/v1/admin/credit-notes", 200, nil),
	"GET /v1/admin/credit-notes/{id}":             staffOnly("/v1/admin/credit-notes/{note}", 200, nil),
	"GET /v1/admin/credit-notes/{id}/pdf":         staffOnly("/v1/admin/credit-notes/{note}/pdf", 200, nil),
	"GET /v1/admin/credit-notes/{id}/xml":         staffOnly("/v1/admin/credit-notes/{note}/xml", 200, nil),
	"GET /v1/admin/payments":                      staffOnly("/v1/admin/payments?status=captured", 200, nil),
	"GET /v1/admin/refunds":                       staffOnly("/v1/admin/refunds?status=succeeded", 200, nil),
	"GET /v1/admin/disputes":                      staffOnly("/v1/admin/disputes?status=opened", 200, nil),
	"GET /v1/invoices":                            self("/v1/invoices", 200, nil),
	"GET /v1/invoices/{id}":                       mine("/v1/invoices/{invoice}", 200, nil),
	"GET /v1/invoices/{id}/pdf":                   mine("/v1/invoices/{invoice}/pdf", 200, nil),
	"POST /v1/webhooks/payments/{provider}": {
		path: "/v1/webhooks/payments/mockpay", body: harness.Object{}, owner: 400,
		other: 400, staff: 400, public: true,
	},
	"GET /v1/library":              self("/v1/library", 200, nil),
	"GET /v1/library/{product_id}": mine("/v1/library/{owned}", 200, nil),
}

// operations returns the operations of the served document as "METHOD /path".
func operations(t *testing.T, r *harness.Store) []string {
	t.Helper()
	document := r.Guest(t).Get("/openapi.json").Is(http.StatusOK)
	paths, ok := document.Body["paths"].(harness.Object)
	require.True(t, ok)
	var out []string
	for path, item := range paths {
		for method := range item.(harness.Object) {
			out = append(out, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(out)
	return out
}

// medusajs/medusa#8919, #10645, spree/spree#13423: another customer's order can be read.
func accessOfEachOperation(t *testing.T) {
	_, mailing := harness.OpenInbox(t, func(cfg *store.Config) { cfg.Exports.Open = 1000 })
	r := harness.Start(t, nil, mailing)
	erased := r.NewBuyer(t)
	erased.Delete("/v1/me", harness.Object{"password": harness.TestPassword}).Is(http.StatusNoContent)
	harness.Eventually(t, "the erased account's token is invalid",
		func() bool { return erased.Get("/v1/me").Status == http.StatusUnauthorized })
	all := operations(t, r)
	require.Len(t, matrix, len(all), "the matrix has a row without an operation")
	for _, operation := range all {
		row, ok := matrix[operation]
		require.True(t, ok, "%s has no row in the access matrix", operation)
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			checkAccess(t, newResources(t, r), erased, operation, row)
		})
	}
}

func checkAccess(t *testing.T, res resources, erased *harness.Client, operation string, row access) {
	t.Helper()
	anonymous := http.StatusUnauthorized
	if row.public {
		anonymous = row.owner
	}
	method, _, _ := strings.Cut(operation, " ")
	path := res.in(row.path)
	require.NotContains(t, path, "{")
	invalid := &harness.Client{T: t, Base: erased.Base, Token: erased.Token}
	for _, caller := range []struct {
		name   string
		client *harness.Client
		want   int
	}{
		{"no token", &harness.Client{T: t, Base: erased.Base}, anonymous},
		{"erased account", invalid, anonymous},
		{"another buyer", res.other, row.other},
		{"staff", res.staff, row.staff},
		{"owner", res.owner, row.owner},
	} {
		body := row.body
		if row.bodyOf != nil {
			body = row.bodyOf(res)
		}
		answer := caller.client.Send(method, path, body, http.Header{"Idempotency-Key": {harness.NewKey()}})
		require.Equal(t, caller.want, answer.Status, "%s as %s: %s", operation, caller.name, answer.Raw)
	}
}

// newResources registers an owner with resources, another buyer and a member of the staff.
func newResources(t *testing.T, r *harness.Store) resources {
	t.Helper()
	res := resources{owner: r.NewBuyer(t), other: r.NewBuyer(t), staff: r.NewClerk(t)}
	o := res.owner
	order := o.Keyed("/v1/checkouts", harness.NewKey(), o.Purchase("pm_ok", o.Add("oddments"))).Is(http.StatusCreated)
	res.OrderID, res.InvoiceID = order.Text("id"), order.Body["invoice"].(harness.Object)["id"].(string)
	returned := o.Keyed("/v1/checkouts", harness.NewKey(),
		o.Purchase("pm_ok", o.Add("brassica"))).Is(http.StatusCreated).Text("id")
	refund := o.Keyed("/v1/orders/"+returned+"/refunds", harness.NewKey(),
		harness.Object{"reason": "test"}).Is(http.StatusCreated)
	res.NoteID = refund.Body["credit_note"].(harness.Object)["id"].(string)
	res.Paid = o.Keyed("/v1/checkouts", harness.NewKey(),
		o.Purchase("pm_ok", o.Add("saltborn"))).Is(http.StatusCreated).Text("id")
	res.Declined = o.Keyed("/v1/checkouts", harness.NewKey(),
		o.Purchase("pm_declined", o.Add("kite-season"))).Is(http.StatusPaymentRequired).Text("order_id")
	res.ItemID = o.Add("dragon-treat")
	res.SessionID = o.Get("/v1/sessions").Is(http.StatusOK).Items("items")[0]["id"].(string)
	slug := "access-" + harness.NewKey()
	product := res.staff.Post("/v1/admin/products",
		harness.Object{
			"title": slug, "kind": "game", "category": "test",
			"price": harness.Object{"amount": 100, "currency": "EUR"},
		})
	res.ProductID = product.Is(http.StatusCreated).Text("id")
	res.Owned = o.Product("oddments").Text("id")
	res.BundleID = res.staff.Post("/v1/admin/bundles",
		harness.Object{"title": slug + "-b", "product_ids": []string{
			res.ProductID,
			res.Owned,
		}}).Is(http.StatusCreated).Text("id")
	res.ExportID = res.staff.Post("/v1/admin/document-exports", // of no documents, so that it is ready
		harness.Object{"from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00Z"}).Is(http.StatusAccepted).Text("id")
	harness.Eventually(t, "invoice and credit note have their numbers", func() bool {
		return o.Get("/v1/invoices/" + res.InvoiceID).Is(http.StatusOK).Body["number"] != nil &&
			o.Get("/v1/credit-notes/" + res.NoteID).Is(http.StatusOK).Body["number"] != nil
	})
	return res
}
