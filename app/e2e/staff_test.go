package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

func TestStaff_ReadsEveryDocumentOfAnOrder(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, other, clerk := r.NewBuyer(t), r.NewBuyer(t), r.Clerk(t)
	order := buyer.Checkout("pm_ok", "tidewright", "star-orchard").Is(http.StatusCreated)
	other.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	refund := buyer.Refund(order.Text("id"),
		harness.Object{"line_ids": []any{order.Items("lines")[0]["id"]}}).Is(http.StatusCreated)
	r.AwaitNumbers(t)
	invoice := "/invoices/" + order.Body["invoice"].(harness.Object)["id"].(string)
	note := "/credit-notes/" + refund.Text("id")
	for _, path := range []string{
		invoice, note, "/orders/" + order.Text("id"),
		"/orders/" + order.Text("id") + "/timeline",
	} {
		mine, any := buyer.Get("/v1"+path).Is(http.StatusOK), clerk.Get("/v1/admin"+path).Is(http.StatusOK)
		for key, value := range mine.Body {
			require.Contains(t, any.Body, key)
			if key != "items" { // staff also sees the account of each entry
				require.Equal(t, value, any.Body[key], "%s of %s", key, path)
			}
		}
		other.Get("/v1" + path).Is(http.StatusNotFound)
		other.Get("/v1/admin" + path).Is(http.StatusForbidden)
		clerk.Get("/v1" + path).Is(http.StatusNotFound)
	}
	for _, path := range []string{invoice, note} {
		for _, format := range []string{"/pdf", "/xml"} {
			require.Equal(t, buyer.Get("/v1"+path+format).Is(http.StatusOK).Raw,
				clerk.Get("/v1/admin"+path+format).Is(http.StatusOK).Raw)
		}
	}
	account := buyer.Get("/v1/me").Text("id")
	for list, want := range map[string]int{
		"orders": 1, "invoices": 1, "credit-notes": 1, "payments": 1,
		"refunds": 1, "disputes": 0,
	} {
		items := clerk.Get("/v1/admin/" + list + "?account=" + account).Is(http.StatusOK).Items("items")
		require.Len(t, items, want, list)
		require.Empty(t, clerk.Get("/v1/admin/"+list+"?account=nobody").Is(http.StatusOK).Items("items"), list)
	}
	require.Len(t, clerk.Get("/v1/admin/payments?status=captured").Is(http.StatusOK).Items("items"), 2)
	require.Len(t, clerk.Get("/v1/admin/payments?order="+order.Text("id")).Is(http.StatusOK).Items("items"), 1)
	found := clerk.Get("/v1/admin/orders?q=" + order.Text("number")).Is(http.StatusOK).Items("items")
	require.Len(t, found, 1)
	require.Equal(t, order.Text("id"), found[0]["id"])
	requireRequesterInTimeline(t, buyer, clerk, order.Text("id"))
	r.AwaitNumbers(t)
	other.Checkout("pm_dispute", "star-orchard").Is(http.StatusCreated)
	harness.Eventually(t, "the dispute is recorded", func() bool { return harness.Count(t, r, "billing.disputes") == 1 })
	for list, want := range map[string]int{
		"orders": 3, "invoices": 3, "credit-notes": 2, "payments": 3,
		"refunds": 2, "disputes": 1,
	} {
		requirePages(t, clerk, "/v1/admin/"+list, want)
	}
}

// requirePages reads a list in pages of one item, newest first, and checks that other lists reject its cursors.
func requirePages(t *testing.T, clerk *harness.Client, list string, want int) {
	t.Helper()
	var ids []string
	next, path := true, list+"?limit=1"
	for next {
		got := clerk.Get(path).Is(http.StatusOK)
		require.Len(t, got.Items("items"), 1, path)
		ids = append(ids, got.Items("items")[0]["id"].(string))
		var cursor string
		if cursor, next = got.Body["next_cursor"].(string); next {
			path = list + "?limit=1&cursor=" + cursor
			clerk.Get(path+"&account="+ids[0]).Problem(http.StatusBadRequest, "bad-cursor")
			clerk.Get("/v1/orders?cursor="+cursor).Problem(http.StatusBadRequest, "bad-cursor")
		}
	}
	require.Len(t, ids, want, list)
	require.True(t, slices.IsSortedFunc(ids, func(a, b string) int { return strings.Compare(b, a) }),
		"newest first: %v", ids)
}

// requireRequesterInTimeline refunds the rest of an order as staff. The buyer's timeline says staff, that of staff
// names the account.
func requireRequesterInTimeline(t *testing.T, buyer, clerk *harness.Client, orderID string) {
	t.Helper()
	clerk.Refund(orderID, nil).Is(http.StatusCreated)
	staffID := clerk.Get("/v1/me").Text("id")
	require.Equal(t, staffID, clerk.Get("/v1/admin/refunds?limit=1&order=" + orderID).Items("items")[0]["requested_by"])
	for _, c := range []struct {
		who  *harness.Client
		path string
		want []any
	}{
		{buyer, "/v1/orders/", []any{nil, nil, "staff", nil}}, {
			clerk, "/v1/admin/orders/",
			[]any{nil, nil, "staff", staffID},
		},
	} {
		var got []any
		for _, e := range c.who.Get(c.path + orderID + "/timeline").Is(http.StatusOK).Items("items") {
			if e["event"] == "refund.requested" {
				got = append(got, e["by"], e["staff_id"])
			}
		}
		require.Equal(t, c.want, got, c.path)
	}
}

func TestStaff_FiltersDocuments(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, other, clerk := r.NewBuyer(t), r.NewBuyer(t), r.Clerk(t)
	buyer.Send(http.MethodPatch, "/v1/me", harness.Object{"country": "DE"}, nil).Is(http.StatusOK)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	other.Checkout("pm_ok", "star-orchard").Is(http.StatusCreated)
	buyer.Refund(order.Text("id"), nil).Is(http.StatusCreated)
	r.AwaitNumbers(t)
	now := time.Now().UTC()
	soon, series := now.Add(time.Hour).Format(time.RFC3339), "INV-AT-"+harness.SellersTime(t).Format("2006")
	row := clerk.Get("/v1/admin/invoices?order=" + order.Text("number")).Is(http.StatusOK).Items("items")[0]
	number := row["number"].(string)
	for query, want := range map[string]int{
		"": 2, "?number=" + number: 1, "?number=" + strings.ToLower(number): 1, "?number=" + series: 0,
		"?number_prefix=" + series: 2, "?number_prefix=" + number: 1, "?number_prefix=CN-": 0, "?number_prefix=%25": 0,
		"?number_prefix=ä": 0, "?order=" + order.Text("id"): 1, "?order=" + strings.ToLower(order.Text("number")): 1,
		"?order=none": 0, "?country=DE": 1, "?country=AT": 1, "?country=FR": 0, "?from=" + soon: 0, "?to=" + soon: 2,
		"?country=DE&account=" + buyer.Get("/v1/me").Text("id"): 1,
		"?country=AT&account=" + buyer.Get("/v1/me").Text("id"): 0,
	} {
		require.Len(t, clerk.Get("/v1/admin/invoices"+query).Is(http.StatusOK).Items("items"), want, query)
	}
	require.Equal(t, "invoice", row["type"])
	require.Equal(t, series, row["series"])
	require.Equal(t, []int64{1092, 207, 1299}, []int64{
		harness.AmountOf(row["net_total"]), harness.AmountOf(row["tax_total"]), harness.AmountOf(row["total"]),
	})
	note := clerk.Get("/v1/admin/credit-notes?country=DE&number_prefix=CN-").Is(http.StatusOK).Items("items")[0]
	require.Equal(t, "credit_note", note["type"])
	for _, document := range []harness.Object{row, note} {
		links := document["links"].(harness.Object)
		require.True(t, strings.HasPrefix(string(clerk.Get(links["pdf"].(string)).Is(http.StatusOK).Raw), "%PDF-"))
		require.Contains(t, string(clerk.Get(links["xml"].(string)).Is(http.StatusOK).Raw), document["number"])
	}
	for query, location := range map[string]string{
		"country=de": "query.country", "country=Germany": "query.country", "from=yesterday": "query.from",
		"number=" + strings.Repeat("x", 61): "query.number", "rate=20": "query.rate",
	} {
		rejected := clerk.Get("/v1/admin/invoices?"+query).Problem(http.StatusUnprocessableEntity, "invalid-request")
		require.Equal(t, location, rejected.Items("errors")[0]["location"], query)
	}
	first := clerk.Get("/v1/admin/invoices?limit=1&country=DE").Is(http.StatusOK)
	require.Nil(t, first.Body["next_cursor"])
	cursor := clerk.Get("/v1/admin/invoices?limit=1").Is(http.StatusOK).Text("next_cursor")
	clerk.Get("/v1/admin/invoices?country=DE&cursor="+cursor).Problem(http.StatusBadRequest, "bad-cursor")
}
