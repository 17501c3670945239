package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Staff finds a buyer's purchase with everything that belongs to it.
func TestStaff_SeesEveryDocumentOfAnOrder(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer, other, clerk := r.newBuyer(t), r.newBuyer(t), r.clerk(t)
	order := buyer.checkout("pm_ok", "tidewright", "star-orchard").is(http.StatusCreated)
	other.checkout("pm_ok", "tidewright").is(http.StatusCreated)
	refund := buyer.refund(order.text("id"),
		object{"line_ids": []any{order.items("lines")[0]["id"]}}).is(http.StatusCreated)
	r.allNumbered(t)
	invoice := "/invoices/" + order.Body["invoice"].(object)["id"].(string)
	note := "/credit-notes/" + refund.text("id")
	for _, path := range []string{
		invoice, note, "/orders/" + order.text("id"),
		"/orders/" + order.text("id") + "/timeline",
	} {
		mine, any := buyer.get("/v1"+path).is(http.StatusOK), clerk.get("/v1/admin"+path).is(http.StatusOK)
		for key, value := range mine.Body {
			require.Contains(t, any.Body, key)
			if key != "items" { // staff sees who did what
				require.Equal(t, value, any.Body[key], "%s of %s", key, path)
			}
		}
		other.get("/v1" + path).is(http.StatusNotFound)
		other.get("/v1/admin" + path).is(http.StatusForbidden)
		clerk.get("/v1" + path).is(http.StatusNotFound)
	}
	for _, path := range []string{invoice, note} {
		for _, format := range []string{"/pdf", "/xml"} {
			require.Equal(t, buyer.get("/v1"+path+format).is(http.StatusOK).Raw,
				clerk.get("/v1/admin"+path+format).is(http.StatusOK).Raw)
		}
	}
	account := buyer.get("/v1/me").text("id")
	for list, want := range map[string]int{
		"orders": 1, "invoices": 1, "credit-notes": 1, "payments": 1,
		"refunds": 1, "disputes": 0,
	} {
		items := clerk.get("/v1/admin/" + list + "?account=" + account).is(http.StatusOK).items("items")
		require.Len(t, items, want, list)
		require.Empty(t, clerk.get("/v1/admin/"+list+"?account=nobody").is(http.StatusOK).items("items"), list)
	}
	require.Len(t, clerk.get("/v1/admin/payments?status=captured").is(http.StatusOK).items("items"), 2)
	require.Len(t, clerk.get("/v1/admin/payments?order="+order.text("id")).is(http.StatusOK).items("items"), 1)
	found := clerk.get("/v1/admin/orders?q=" + order.text("number")).is(http.StatusOK).items("items")
	require.Len(t, found, 1)
	require.Equal(t, order.text("id"), found[0]["id"])
	timelineSaysWhoAsked(t, buyer, clerk, order.text("id"))
	r.allNumbered(t)
	other.checkout("pm_dispute", "star-orchard").is(http.StatusCreated)
	eventually(t, "the dispute is there", func() bool { return count(t, r, "billing.disputes") == 1 })
	for list, want := range map[string]int{
		"orders": 3, "invoices": 3, "credit-notes": 2, "payments": 3,
		"refunds": 2, "disputes": 1,
	} {
		pagesThrough(t, clerk, "/v1/admin/"+list, want)
	}
}

// pagesThrough reads a list item by item, the newest first. Its cursors are of no use to any other list.
func pagesThrough(t *testing.T, clerk *client, list string, want int) {
	t.Helper()
	var ids []string
	next, path := true, list+"?limit=1"
	for next {
		got := clerk.get(path).is(http.StatusOK)
		require.Len(t, got.items("items"), 1, path)
		ids = append(ids, got.items("items")[0]["id"].(string))
		var cursor string
		if cursor, next = got.Body["next_cursor"].(string); next {
			path = list + "?limit=1&cursor=" + cursor
			clerk.get(path+"&account="+ids[0]).problem(http.StatusBadRequest, "bad-cursor")
			clerk.get("/v1/orders?cursor="+cursor).problem(http.StatusBadRequest, "bad-cursor")
		}
	}
	require.Len(t, ids, want, list)
	require.True(t, slices.IsSortedFunc(ids, func(a, b string) int { return strings.Compare(b, a) }),
		"the newest first: %v", ids)
}

// timelineSaysWhoAsked has staff refund a second line: the buyer sees that staff did, and staff who of them.
func timelineSaysWhoAsked(t *testing.T, buyer, clerk *client, orderID string) {
	t.Helper()
	clerk.refund(orderID, nil).is(http.StatusCreated)
	staffID := clerk.get("/v1/me").text("id")
	require.Equal(t, staffID, clerk.get("/v1/admin/refunds?limit=1&order=" + orderID).items("items")[0]["requested_by"])
	for _, c := range []struct {
		who  *client
		path string
		want []any
	}{
		{buyer, "/v1/orders/", []any{nil, nil, "staff", nil}}, {
			clerk, "/v1/admin/orders/",
			[]any{nil, nil, "staff", staffID},
		},
	} {
		var got []any
		for _, e := range c.who.get(c.path + orderID + "/timeline").is(http.StatusOK).items("items") {
			if e["event"] == "refund.requested" {
				got = append(got, e["by"], e["staff_id"])
			}
		}
		require.Equal(t, c.want, got, c.path)
	}
}
