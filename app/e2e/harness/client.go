package harness

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Client sends requests to a store and validates the responses against the OpenAPI document.
type Client struct {
	T     *testing.T
	Base  string       // the store's URL
	Token string       // access token; empty without a session
	HTTP  *http.Client // nil: http.DefaultClient
	// Earlier is set for a store of an earlier release, whose responses lack what the document has gained since.
	Earlier bool
}

// Reply is a validated response. Body is its JSON object, if it has one.
type Reply struct {
	T      *testing.T
	Status int
	Header http.Header
	Raw    []byte
	Body   Object
}

// Object is a JSON object.
type Object = map[string]any

// Refund refunds an order: what the body selects, or without a body everything that is not refunded yet.
func (c *Client) Refund(orderID string, body Object) Reply {
	c.T.Helper()
	if body == nil {
		body = Object{}
	}
	body["reason"] = "bored"
	return c.Keyed("/v1/orders/"+orderID+"/refunds", NewKey(), body)
}

// AmountOf returns the minor units of a JSON amount.
func AmountOf(o any) int64 { return int64(o.(Object)["amount"].(float64)) }

// SumOf returns the sum of the amounts in a member of all items.
func SumOf(items []Object, key string) (sum int64) {
	for _, item := range items {
		sum += AmountOf(item[key])
	}
	return sum
}

// Bundle adds a bundle of the sample catalog to the cart and returns the item's ID.
func (c *Client) Bundle(slug string) string {
	c.T.Helper()
	bundleID := c.Get("/v1/bundles/" + slug).Is(http.StatusOK).Text("id")
	for _, item := range c.Post("/v1/cart/items", Object{"bundle_id": bundleID}).Is(http.StatusCreated).Items("items") {
		if item["bundle_id"] == bundleID {
			return item["id"].(string)
		}
	}
	require.Fail(c.T, "the bundle is not in the cart")
	return ""
}

// AwaitDocument returns an invoice or credit note, its PDF or its XML, as soon as the document has its number.
func (c *Client) AwaitDocument(path string) Reply {
	c.T.Helper()
	Eventually(c.T, path+" is numbered", func() bool { return c.Get(path).Status == http.StatusOK })
	return c.Get(path)
}

// Table returns the rows of a CSV document.
func (c *Client) Table(path string) [][]string {
	c.T.Helper()
	answer := c.Get(path).Is(http.StatusOK)
	require.Equal(c.T, "text/csv; charset=utf-8", answer.Header.Get("Content-Type"))
	rows, err := csv.NewReader(bytes.NewReader(answer.Raw)).ReadAll()
	require.NoError(c.T, err)
	return rows
}

// NewGame adds a game to the catalog and returns its ID.
func (c *Client) NewGame(title string, amount int64) string {
	c.T.Helper()
	return c.Post("/v1/admin/products", Object{
		"title": title, "kind": "game", "category": "test", "price": Object{"amount": amount, "currency": "EUR"},
	}).Is(http.StatusCreated).Text("id")
}

// NewBundle adds a bundle to the catalog and returns its ID.
func (c *Client) NewBundle(title string, amount int64, productIDs ...string) string {
	c.T.Helper()
	return c.Post("/v1/admin/bundles", Object{
		"title": title, "product_ids": productIDs, "price": Object{"amount": amount, "currency": "EUR"},
	}).Is(http.StatusCreated).Text("id")
}

// Put adds a product or a bundle to the cart and returns the item's ID. kind is product_id or bundle_id.
func (c *Client) Put(kind, sellableID string) string {
	c.T.Helper()
	cart := c.Post("/v1/cart/items", Object{kind: sellableID})
	require.Contains(c.T, []int{http.StatusOK, http.StatusCreated}, cart.Status, string(cart.Raw))
	return ItemOf(cart.Items("items"), kind, sellableID)["id"].(string)
}

// ItemOf returns the first object whose member key has a value, or nil.
func ItemOf(items []Object, key string, value any) Object {
	for _, item := range items {
		if item[key] == value {
			return item
		}
	}
	return nil
}

// Buy checks out items of the cart with a payment method.
func (c *Client) Buy(method string, itemIDs ...string) Reply {
	c.T.Helper()
	return c.Keyed("/v1/checkouts", NewKey(), c.Purchase(method, itemIDs...))
}

// Pay starts another payment of an order. It retries while another request or job works on the order.
func (c *Client) Pay(orderID string, body Object) (answer Reply) {
	c.T.Helper()
	key := NewKey()
	Eventually(c.T, "the order is not in progress", func() bool {
		answer = c.Keyed("/v1/orders/"+orderID+"/payments", key, body)
		return answer.Body["code"] != "order-in-progress"
	})
	return answer
}

// Order returns an order of the buyer.
func (c *Client) Order(orderID string) Reply {
	c.T.Helper()
	return c.Get("/v1/orders/" + orderID).Is(http.StatusOK)
}

// AwaitOrder waits until an order of the buyer has a status. A response to a refund may come before, while the event of
// an earlier payment is being handled.
func (c *Client) AwaitOrder(orderID, status string) {
	c.T.Helper()
	Eventually(c.T, "the order is "+status, func() bool { return c.Order(orderID).Text("status") == status })
}

// AwaitOwned waits until the buyer's library has n products, and returns them. See AwaitOrder.
func (c *Client) AwaitOwned(n int) (owned []Object) {
	c.T.Helper()
	Eventually(c.T, fmt.Sprintf("the buyer owns %d products", n), func() bool {
		owned = c.Owned()
		return len(owned) == n
	})
	return owned
}

// Owned returns the products of the buyer's library.
func (c *Client) Owned() []Object {
	c.T.Helper()
	return c.Get("/v1/library").Is(http.StatusOK).Items("items")
}

// Resolve resolves the manual review of an order. It retries while another request or job works on the order.
func (c *Client) Resolve(orderID, action string) (answer Reply) {
	c.T.Helper()
	key := NewKey()
	Eventually(c.T, "the order is not in progress", func() bool {
		answer = c.Keyed("/v1/admin/orders/"+orderID+"/resolve", key, Object{"action": action, "reason": "looked at"})
		return answer.Body["code"] != "order-in-progress"
	})
	return answer
}

// SignIn signs in and sets the client's access token.
func (c *Client) SignIn(login, password string) Reply {
	c.T.Helper()
	answer := c.Post("/v1/sessions", Object{"login": login, "password": password}).Is(http.StatusCreated)
	c.Token = answer.Text("access_token")
	return answer
}

// Get sends a GET request.
func (c *Client) Get(path string) Reply { return c.Send(http.MethodGet, path, nil, nil) }

// Post sends a POST request without an idempotency key.
func (c *Client) Post(path string, body any) Reply { return c.Send(http.MethodPost, path, body, nil) }

// Delete sends a DELETE request.
func (c *Client) Delete(path string, body any) Reply {
	return c.Send(http.MethodDelete, path, body, nil)
}

// Keyed sends a POST request with an idempotency key.
func (c *Client) Keyed(path, key string, body any) Reply {
	return c.Send(http.MethodPost, path, body, http.Header{"Idempotency-Key": {key}})
}

// Send sends a request and validates the response against the OpenAPI document. A body that is a string is sent as it
// is, another one as JSON.
func (c *Client) Send(method, path string, body any, header http.Header) Reply {
	c.T.Helper()
	request := c.Request(method, path, body, header)
	response, err := cmp.Or(c.HTTP, http.DefaultClient).Do(request)
	require.NoError(c.T, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(c.T, err)
	out := Reply{T: c.T, Status: response.StatusCode, Header: response.Header, Raw: raw}
	if len(raw) > 0 && bytes.Contains([]byte(response.Header.Get("Content-Type")), []byte("json")) {
		require.NoError(c.T, json.Unmarshal(raw, &out.Body), string(raw))
	}
	response.Body = io.NopCloser(bytes.NewReader(raw))
	c.validate(request, response, raw)
	return out
}

// Request returns a request that is not sent yet.
func (c *Client) Request(method, path string, body any, header http.Header) *http.Request {
	c.T.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = bytes.NewReader([]byte(b))
	default:
		raw, err := json.Marshal(b)
		require.NoError(c.T, err)
		reader = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(c.T.Context(), method, c.Base+path, reader)
	require.NoError(c.T, err)
	for name, values := range header {
		request.Header[name] = values
	}
	if reader != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	return request
}

// validate checks responses under /v1 against the served OpenAPI document, which describes no others.
func (c *Client) validate(request *http.Request, response *http.Response, raw []byte) {
	c.T.Helper()
	if c.Earlier || len(request.URL.Path) < 4 || request.URL.Path[:4] != "/v1/" || len(raw) == 0 {
		return
	}
	v, err := spec()
	require.NoError(c.T, err)
	ok, problems := v.ValidateHttpResponse(request, response)
	if !ok {
		require.Fail(c.T, fmt.Sprintf("the response %d to %s %s does not match the OpenAPI document: %v\n%s",
			response.StatusCode, request.Method, request.URL.Path, problems[0], raw))
	}
}

// Is asserts the status.
func (r Reply) Is(status int) Reply {
	r.T.Helper()
	require.Equal(r.T, status, r.Status, string(r.Raw))
	return r
}

// Problem asserts the status and the code of a problem document.
func (r Reply) Problem(status int, code string) Reply {
	r.T.Helper()
	r.Is(status)
	require.Equal(r.T, "application/problem+json", r.Header.Get("Content-Type"))
	require.Equal(r.T, code, r.Body["code"], string(r.Raw))
	return r
}

// Text returns a string member.
func (r Reply) Text(key string) string {
	r.T.Helper()
	text, ok := r.Body[key].(string)
	require.True(r.T, ok, "%s is not a string in %s", key, r.Raw)
	return text
}

// Items returns a member that is a list of objects.
func (r Reply) Items(key string) []Object { return List(r.Body, key) }

// Product returns a product of the sample catalog.
func (c *Client) Product(slug string) Reply {
	c.T.Helper()
	return c.Get("/v1/products/" + slug).Is(http.StatusOK)
}

// Add adds a product of the sample catalog to the cart and returns the item's ID.
func (c *Client) Add(slug string) string {
	c.T.Helper()
	return c.AddUnits(slug, 1)
}

// AddUnits adds units of a product of the sample catalog to the cart and returns the item's ID.
func (c *Client) AddUnits(slug string, quantity int) string {
	c.T.Helper()
	productID := c.Product(slug).Text("id")
	cart := c.Post("/v1/cart/items", Object{"product_id": productID, "quantity": quantity})
	require.Contains(c.T, []int{http.StatusOK, http.StatusCreated}, cart.Status, string(cart.Raw))
	for _, item := range cart.Items("items") {
		if item["product_id"] == productID {
			return item["id"].(string)
		}
	}
	require.Fail(c.T, "the item is not in the cart")
	return ""
}

// Purchase returns the body of a checkout at the present total.
func (c *Client) Purchase(method string, itemIDs ...string) Object {
	c.T.Helper()
	quote := c.Post("/v1/checkouts/quote", Object{"item_ids": itemIDs}).Is(http.StatusOK)
	return Object{"item_ids": itemIDs, "expected_total": quote.Body["total"], "payment_method": method}
}

// PaidGames returns the slugs of the games with a price above 0.
func (c *Client) PaidGames() (out []string) {
	for _, game := range c.Get("/v1/products?kind=game&limit=100").Is(http.StatusOK).Items("items") {
		if game["price"].(Object)["amount"].(float64) > 0 {
			out = append(out, game["slug"].(string))
		}
	}
	return out
}

// Cancel cancels an order. It retries while another request or job works on the order.
func (c *Client) Cancel(orderID string) (answer Reply) {
	c.T.Helper()
	Eventually(c.T, "the order is not in progress", func() bool {
		answer = c.Post("/v1/orders/"+orderID+"/cancel", nil)
		return answer.Body["code"] != "order-in-progress"
	})
	return answer.Is(http.StatusOK)
}

// Checkout adds products of the sample catalog to the cart and checks them out.
func (c *Client) Checkout(method string, slugs ...string) Reply {
	c.T.Helper()
	items := make([]string, len(slugs))
	for i, slug := range slugs {
		items[i] = c.Add(slug)
	}
	return c.Keyed("/v1/checkouts", NewKey(), c.Purchase(method, items...))
}

// Guess tries to sign in with a wrong password.
func (c *Client) Guess(login string) Reply {
	c.T.Helper()
	return c.Post("/v1/sessions", Object{"login": login, "password": "a wrong password"})
}

// RateLimited asserts a 429 with Retry-After.
func (r Reply) RateLimited() {
	r.T.Helper()
	r.Problem(http.StatusTooManyRequests, "too-many-attempts")
	wait, err := strconv.Atoi(r.Header.Get("Retry-After"))
	require.NoError(r.T, err)
	require.Positive(r.T, wait)
	require.Equal(r.T, true, r.Body["retryable"])
}

// List returns the objects of an array member.
func List(o Object, key string) (out []Object) {
	raw, _ := o[key].([]any) // an absent array is empty
	for _, item := range raw {
		out = append(out, item.(Object))
	}
	return out
}
