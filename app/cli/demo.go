package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"coinslot/platform/datadir"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/mattn/go-isatty"
)

type demoCmd struct {
	URL    string `help:"The store's URL; the default is the store that runs with this data folder." placeholder:"URL"`
	Output string `help:"File of the invoice." default:"invoice.pdf" type:"path"`
}

// Run makes a purchase and a refund over HTTP and prints the requests and responses.
func (cmd demoCmd) Run(c *cli) error {
	base, err := cmd.find(c)
	if err != nil {
		return err
	}
	d := &demo{
		base: base, out: os.Stdout, colour: isatty.IsTerminal(os.Stdout.Fd()),
		client: &http.Client{Timeout: 20 * time.Second},
	}
	return d.play(context.Background(), cmd.Output)
}

func (cmd demoCmd) find(c *cli) (string, error) {
	if cmd.URL != "" {
		return strings.TrimRight(cmd.URL, "/"), nil
	}
	cfg, err := c.load()
	if err != nil {
		return "", err
	}
	dir, err := datadir.Resolve(cfg.Data.Dir)
	if err != nil {
		return "", err
	}
	run, err := dir.ReadRun()
	if err != nil || !Alive(run.URL) {
		return "", errors.New("no store is running with this data folder; start one with `make run` in another terminal, " +
			"or give its URL with --url")
	}
	return run.URL, nil
}

// demo is a client that prints its requests and responses.
type demo struct {
	base   string
	token  string
	out    io.Writer
	colour bool
	client *http.Client
}

type object = map[string]any

func (d *demo) play(ctx context.Context, output string) error {
	if err := d.signUp(ctx); err != nil {
		return err
	}
	items, err := d.fillCart(ctx)
	if err != nil {
		return err
	}
	order, err := d.buy(ctx, items)
	if err != nil {
		return err
	}
	if err := d.download(ctx, order, output); err != nil {
		return err
	}
	if err := d.refund(ctx, order); err != nil {
		return err
	}
	_, err = d.call(ctx, "List the buyer's library", http.MethodGet, "/v1/library", nil)
	return err
}

func (d *demo) signUp(ctx context.Context) error {
	name := "demo-" + id.V7{}.NewID().String()[24:]
	password := "a demonstration of good faith"
	_, err := d.call(ctx, "Register", http.MethodPost, "/v1/accounts",
		object{"email": name + "@example.com", "handle": name, "display_name": "Demo Player", "password": password})
	if err != nil {
		return err
	}
	session, err := d.call(ctx, "Sign in", http.MethodPost, "/v1/sessions", object{"login": name, "password": password})
	if err != nil {
		return err
	}
	d.token, _ = session["access_token"].(string) // without a token the next call is answered 401
	return nil
}

// fillCart adds three items to the cart and returns the IDs of two of them.
func (d *demo) fillCart(ctx context.Context) ([]any, error) {
	products, err := d.call(ctx, "List the games", http.MethodGet, "/v1/products?kind=game&sort=-price&limit=2", nil)
	if err != nil {
		return nil, err
	}
	bundles, err := d.call(ctx, "List the bundles", http.MethodGet, "/v1/bundles?sort=price&limit=1", nil)
	if err != nil {
		return nil, err
	}
	var cart object
	for _, wanted := range append(list(products, "items"), list(bundles, "items")...) {
		key := "product_id"
		if _, bundle := wanted["savings"]; bundle {
			key = "bundle_id"
		}
		if cart, err = d.call(ctx, "Add to the cart", http.MethodPost, "/v1/cart/items",
			object{key: wanted["id"]}); err != nil {
			return nil, err
		}
	}
	items := list(cart, "items")
	if len(items) != 3 {
		return nil, fmt.Errorf("the cart has %d items instead of 3", len(items))
	}
	return []any{items[0]["id"], items[2]["id"]}, nil
}

func (d *demo) buy(ctx context.Context, items []any) (object, error) {
	quote, err := d.call(ctx, "Get a quote for two of the three items", http.MethodPost, "/v1/checkouts/quote",
		object{"item_ids": items})
	if err != nil {
		return nil, err
	}
	return d.call(ctx, "Buy them for "+amount(quote["total"]), http.MethodPost, "/v1/checkouts",
		object{"item_ids": items, "expected_total": quote["total"], "payment_method": "pm_ok"})
}

// refund refunds the order's first line.
func (d *demo) refund(ctx context.Context, order object) error {
	lines := list(order, "lines")
	if len(lines) == 0 {
		return errors.New("the order has no lines")
	}
	_, err := d.call(ctx, "Refund one of the two items", http.MethodPost,
		fmt.Sprintf("/v1/orders/%v/refunds", order["id"]),
		object{"line_ids": []any{lines[0]["id"]}, "reason": "a demonstration"})
	return err
}

// download polls the invoice's PDF until the invoice has its number, and saves it.
func (d *demo) download(ctx context.Context, order object, output string) error {
	invoice, ok := order["invoice"].(object)
	if !ok {
		return fmt.Errorf("the order has no invoice: it is %v", order["status"])
	}
	path := fmt.Sprintf("/v1/invoices/%v/pdf", invoice["id"])
	for range 10 {
		status, body, _, err := d.send(ctx, http.MethodGet, path, nil, "")
		if err != nil {
			return err
		}
		if status == http.StatusOK {
			d.say("36", fmt.Sprintf("\n# Download the invoice\nGET %s → 200, %d bytes, saved as %s",
				path, len(body), output))
			return os.WriteFile(output, body, 0o600)
		}
		if status != http.StatusAccepted {
			return fmt.Errorf("GET %s returned %d: %s", path, status, body)
		}
		time.Sleep(time.Second) // the value of Retry-After
	}
	return errors.New("the invoice got no number within ten seconds")
}

// amount formats an amount of a response with the digits of its currency.
func amount(value any) string {
	o, _ := value.(object)
	units, _ := o["amount"].(float64)
	code, _ := o["currency"].(string)
	return money.Of(int64(units), money.Currency(code)).String()
}

func list(o object, key string) []object {
	raw, _ := o[key].([]any) // an absent list is empty
	out := make([]object, 0, len(raw))
	for _, item := range raw {
		if one, ok := item.(object); ok {
			out = append(out, one)
		}
	}
	return out
}

// call sends a request, prints it with its response, and returns the response's body. A status of 400 or more is an
// error. Checkouts and refunds get an idempotency key.
func (d *demo) call(ctx context.Context, title, method, path string, body object) (object, error) {
	d.say("1", "\n# "+title)
	d.say("36", method+" "+path)
	if d.token != "" {
		d.say("90", "Authorization: Bearer …")
	}
	key := ""
	if strings.HasSuffix(path, "/checkouts") || strings.HasSuffix(path, "/refunds") {
		key = id.V7{}.NewID().String()
		d.say("90", "Idempotency-Key: "+key)
	}
	if body != nil {
		d.say("90", pretty(redact(body)))
	}
	status, response, header, err := d.retry(ctx, method, path, body, key)
	if err != nil {
		return nil, err
	}
	d.say("32", fmt.Sprintf("%d %s", status, http.StatusText(status)))
	for _, name := range []string{"Location", "Link", "ETag", "Retry-After", "X-Request-Id"} {
		if value := header.Get(name); value != "" {
			d.say("90", name+": "+value)
		}
	}
	d.say("0", shorten(pretty(redact(response))))
	if status >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s %s returned %d: %v", method, path, status, response["detail"])
	}
	return response, nil
}

// retry sends a request, with the same key up to five times while the problem document says that it may be retried.
func (d *demo) retry(ctx context.Context, method, path string, body object, key string) (
	status int, response object, header http.Header, err error,
) {
	for range 5 {
		var raw []byte
		if status, raw, header, err = d.send(ctx, method, path, body, key); err != nil {
			return 0, nil, nil, err
		}
		response = nil
		if err := json.Unmarshal(raw, &response); err != nil {
			return 0, nil, nil, fmt.Errorf("%s %s returned %d with a body that is not JSON: %w", method, path, status, err)
		}
		if response["retryable"] != true {
			break
		}
		time.Sleep(time.Second) // the usual value of Retry-After
	}
	return status, response, header, nil
}

// send sends a request. An empty key sends no Idempotency-Key.
func (d *demo) send(ctx context.Context, method, path string, body object, key string) (
	status int, raw []byte, header http.Header, err error,
) {
	reader := io.Reader(http.NoBody)
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, nil, nil, err
		}
		reader = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, method, d.base+path, reader)
	if err != nil {
		return 0, nil, nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	if d.token != "" {
		request.Header.Set("Authorization", "Bearer "+d.token)
	}
	response, err := d.client.Do(request)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer response.Body.Close()
	raw, err = io.ReadAll(response.Body)
	return response.StatusCode, raw, response.Header, err
}

// redact replaces passwords and tokens, and truncates long texts.
func redact(o object) object {
	out := object{}
	for key, value := range o {
		text, isText := value.(string)
		switch {
		case strings.Contains(key, "password") || strings.HasSuffix(key, "_token"):
			value = "…"
		case isText && len(text) > 60:
			value = text[:60] + "…"
		}
		if inner, ok := value.(object); ok {
			value = redact(inner)
		}
		out[key] = value
	}
	return out
}

func pretty(o object) string {
	raw, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// shorten truncates a text after 24 lines.
func shorten(text string) string {
	const limit = 24
	lines := strings.Split(text, "\n")
	if len(lines) <= limit {
		return text
	}
	return strings.Join(lines[:limit], "\n") + fmt.Sprintf("\n… %d more lines", len(lines)-limit)
}

func (d *demo) say(colour, text string) {
	if d.colour {
		text = "\x1b[" + colour + "m" + text + "\x1b[0m"
	}
	fmt.Fprintln(d.out, text)
}
