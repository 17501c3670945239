// Package history records what shoppers do with carts, orders and libraries over HTTP, and checks that the operations
// of each account are linearizable: each takes effect at one moment between its call and its return, and its outcome
// is that of the models of carts (cart.go) and orders (order.go) at that moment.
package history

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Recorder records the requests of shoppers and their outcomes. Times are those of this process's monotonic clock.
type Recorder struct {
	began time.Time

	mu         sync.Mutex
	operations []Operation
	checkouts  map[string]int    // by account and idempotency key
	lines      map[string]string // the product of each line of a cart
}

// New returns a recorder.
func New() *Recorder {
	return &Recorder{began: time.Now(), checkouts: map[string]int{}, lines: map[string]string{}}
}

// Request is a request of an account. Requests of staff have no account.
type Request struct {
	Account, Method, Path string
	Key                   string // the idempotency key
	Body                  any    // nil, or a map[string]any
}

// Call records the call of a request. The returned function records its outcome: the status, or 0 if there was no
// response, and the body. Requests that are not operations of a cart, an order or a library are not recorded.
func (r *Recorder) Call(q Request) (returned func(status int, answer map[string]any)) {
	call := time.Since(r.began)
	return func(status int, answer map[string]any) {
		op := Operation{Account: q.Account, Call: call, Return: time.Since(r.began)}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.record(op, q, outcome{status, answer})
	}
}

// Reversed records that the provider is asked to refund payments of an order. Call it before the request.
func (r *Recorder) Reversed(orderID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.operations = append(r.operations, Operation{
		Kind: Reverse, Order: orderID, Call: time.Since(r.began), Return: Never,
	})
}

// Check checks what was recorded: see the function Check.
func (r *Recorder) Check(visualization string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Check(r.operations, visualization)
}

// outcome is the response to a request.
type outcome struct {
	status int
	body   map[string]any
}

func (o outcome) text(key string) string {
	text, _ := o.body[key].(string)
	return text
}

// rejected reports that the request had no effect.
func (o outcome) rejected() bool {
	code := o.text("code")
	return o.status >= http.StatusBadRequest && o.status < http.StatusInternalServerError &&
		code != "order-in-progress" && code != "resource-busy"
}

func (o outcome) known() bool { return o.status == http.StatusOK || o.status == http.StatusCreated }

// record records a request that has returned.
func (r *Recorder) record(op Operation, q Request, out outcome) {
	path, _, _ := strings.Cut(q.Path, "?")
	parts := strings.Split(strings.TrimPrefix(path, "/v1/"), "/")
	last := parts[len(parts)-1]
	switch {
	case q.Method == http.MethodPost && path == "/v1/checkouts":
		r.checkout(op, q, out)
		return
	case path == "/v1/cart" && q.Method == http.MethodGet:
		op.Kind = ReadCart
	case strings.HasPrefix(path, "/v1/cart/items"):
		op.Kind, op.Quantity = changes[q.Method], quantityOf(q.Body)
		op.Products = []string{r.productOf(q, last)}
	case parts[0] == "orders" && q.Method == http.MethodGet && len(parts) <= 2:
		op.Kind, op.Orders = ReadOrders, out.orders()
	case path == "/v1/library":
		op.Kind, op.Library = ReadLibrary, entitlementsOf(out.body)
	case parts[0] == "orders" && last == "refunds":
		op.Kind, op.Order = Reverse, parts[1]
	case last == "resolve":
		op.Kind, op.Order = Resolve, parts[len(parts)-2]
	}
	if out.body["next_cursor"] != nil && op.Kind == ReadLibrary {
		return // a page shows only what is in the library
	}
	read := op.Kind == ReadCart || op.Kind == ReadOrders || op.Kind == ReadLibrary
	if op.Kind == "" || out.rejected() || (read && !out.known()) {
		return
	}
	switch {
	case !out.known():
		op.Return = Never
	case parts[0] == "cart":
		op.Cart = r.cartOf(out.body)
	}
	r.operations = append(r.operations, op)
}

// changes are the kinds of the requests to lines of a cart.
var changes = map[string]Kind{http.MethodPost: Add, http.MethodPatch: SetQuantity, http.MethodDelete: Remove}

// checkout records an attempt to check out. Attempts with the same idempotency key are one operation, which begins
// with the first one; its outcome is known when its payment has succeeded or failed. What each attempt says about the
// order's status is recorded as a read of it.
func (r *Recorder) checkout(op Operation, q Request, out outcome) {
	key := q.Account + " " + q.Key
	n, repeated := r.checkouts[key]
	orderID, status := out.text("id"), out.text("status")
	switch {
	case out.status == http.StatusPaymentRequired:
		orderID, status = out.text("order_id"), "declined"
	case out.text("code") == "order-canceled":
		orderID, status = out.text("order_id"), "canceled"
	case out.rejected() && !repeated:
		return
	case !out.known() && out.status != http.StatusAccepted:
		orderID, status = "", ""
	}
	if !repeated {
		op.Kind, op.Products = Checkout, r.productsOf(q.Body)
		op.Disputed = field(q.Body, "payment_method") == "pm_dispute"
		n = len(r.operations)
		r.operations = append(r.operations, op)
		r.operations[n].Return = Never
		r.checkouts[key] = n
	}
	if orderID == "" {
		return
	}
	first := &r.operations[n]
	first.Order = orderID
	if !first.Known() && out.status != http.StatusAccepted {
		first.Return, first.Status = op.Return, status
	}
	op.Kind, op.Products, op.Disputed, op.Orders = ReadOrders, nil, false, map[string]string{orderID: status}
	r.operations = append(r.operations, op)
}

// productOf returns the product of a request to a line of a cart.
func (r *Recorder) productOf(q Request, line string) string {
	if q.Method == http.MethodPost {
		product, _ := field(q.Body, "product_id").(string)
		return product
	}
	return r.lines[line]
}

// productsOf returns the products of the lines of a checkout.
func (r *Recorder) productsOf(body any) (out []string) {
	lines, _ := field(body, "item_ids").([]any)
	for _, line := range lines {
		if id, _ := line.(string); id != "" {
			out = append(out, r.lines[id])
		}
	}
	return out
}

// cartOf reads a cart, and notes which products its lines have.
func (r *Recorder) cartOf(body map[string]any) Cart {
	version, _ := body["version"].(float64)
	out := Cart{int64(version), map[string]int{}}
	for _, line := range list(body) {
		id, _ := line["id"].(string)
		product, _ := line["product_id"].(string)
		units, _ := line["quantity"].(float64)
		out.Units[product] += int(units)
		r.lines[id] = product
	}
	return out
}

// orders returns the status of each order of a response: of one order or of a page of them.
func (o outcome) orders() map[string]string {
	out := map[string]string{}
	for _, order := range append(list(o.body), o.body) {
		if id, ok := order["id"].(string); ok {
			out[id], _ = order["status"].(string)
		}
	}
	return out
}

func entitlementsOf(body map[string]any) (out []Entitlement) {
	for _, entry := range list(body) {
		product, _ := entry["product_id"].(string)
		order, _ := field(entry["source"], "order_id").(string)
		out = append(out, Entitlement{product, order})
	}
	return out
}

func quantityOf(body any) int {
	switch quantity := field(body, "quantity").(type) {
	case int:
		return quantity
	case float64:
		return int(quantity)
	}
	return 0
}

func field(body any, key string) any {
	object, _ := body.(map[string]any)
	return object[key]
}

// list returns the items of a page, or the lines of a cart.
func list(body map[string]any) (out []map[string]any) {
	items, _ := body["items"].([]any)
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}
