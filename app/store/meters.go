package store

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"time"

	"coinslot/modules/checkout"
	"coinslot/platform/telemetry"

	"go.opentelemetry.io/otel/attribute"
)

const scope = "coinslot/app/store"

// newTelemetry returns the telemetry of the process. Its environment is that of the process unless another is supplied.
func newTelemetry(environ telemetry.Environment) (*telemetry.Telemetry, error) {
	if environ == nil {
		environ = os.Getenv
	}
	return telemetry.New(telemetry.Service{Name: "coinslot", Version: Version()}, environ)
}

// maxDeclineCodes is the limit of the provider's decline codes that are told apart.
const maxDeclineCodes = 30

// meters are the instruments of the purchase. Those of other packages belong to them.
type meters struct {
	telemetry   *telemetry.Telemetry
	transitions *telemetry.Counter[transition]
	completion  *telemetry.Durations[struct{}]
	reviews     *telemetry.Counter[string]
	declines    *telemetry.Counter[string]
	codes       *telemetry.Limited
	external    *telemetry.Counter[struct{}]
	webhooks    *telemetry.Counter[string]
	signIns     *telemetry.Counter[string]
	calls       *telemetry.Durations[call]
	requests    *telemetry.Durations[attempt]
}

// transition is a change of an order's status. From is empty for a new order.
type transition struct{ from, to checkout.Status }

func (t transition) attributes() []attribute.KeyValue {
	from := string(t.from)
	if from == "" {
		from = "none"
	}
	return []attribute.KeyValue{attribute.String("from", from), attribute.String("to", string(t.to))}
}

// call is a command to the payment provider with its outcome.
type call struct{ operation, outcome string }

func (c call) attributes() []attribute.KeyValue {
	return []attribute.KeyValue{attribute.String("operation", c.operation), attribute.String("outcome", c.outcome)}
}

// attempt is one HTTP request to the payment provider.
type attempt struct {
	method, server string
	status         int // 0: no response
}

func (a attempt) attributes() []attribute.KeyValue {
	out := []attribute.KeyValue{
		attribute.String("http.request.method", a.method), attribute.String("server.address", a.server),
	}
	switch {
	case a.status == 0:
		return append(out, attribute.String("error.type", "no_response"))
	case a.status >= http.StatusBadRequest:
		out = append(out, attribute.String("error.type", strconv.Itoa(a.status)))
	}
	return append(out, attribute.Int("http.response.status_code", a.status))
}

// named returns the attributes of a key that is the value of one attribute.
func named(name string) func(string) []attribute.KeyValue {
	return func(value string) []attribute.KeyValue { return []attribute.KeyValue{attribute.String(name, value)} }
}

func unnamed(struct{}) []attribute.KeyValue { return nil }

// completionBounds are the bounds of the time from an order to its completion, in seconds. A payment that its buyer
// must confirm takes minutes.
var completionBounds = []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600}

func newMeters(t *telemetry.Telemetry) (*meters, error) {
	m, out := t.Meter(scope), &meters{telemetry: t, codes: telemetry.NewLimited(maxDeclineCodes)}
	var err error
	if out.transitions, err = telemetry.NewCounter(m, telemetry.Instrument{
		Name: "coinslot_order_transitions", Description: "Changes of orders' statuses.",
	}, transition.attributes); err != nil {
		return nil, err
	}
	for _, c := range []struct {
		counter                      **telemetry.Counter[string]
		name, attribute, description string
	}{
		{&out.reviews, "coinslot_order_reviews", "reason", "Orders that entered manual review, by reason."},
		{&out.declines, "coinslot_payment_declines", "code", "Declined payments, by the provider's code."},
		{&out.webhooks, "coinslot_webhooks", "result", "Webhooks of the payment provider, by result."},
		{&out.signIns, "coinslot_sign_in_failures", "reason", "Failed sign-ins, by reason."},
	} {
		i := telemetry.Instrument{Name: c.name, Description: c.description}
		if *c.counter, err = telemetry.NewCounter(m, i, named(c.attribute)); err != nil {
			return nil, err
		}
	}
	if out.external, err = telemetry.NewCounter(m, telemetry.Instrument{
		Name:        "coinslot_external_refunds",
		Description: "Refunds made at the payment provider without a request of the store.",
	}, unnamed); err != nil {
		return nil, err
	}
	return out, out.addDurations()
}

func (m *meters) addDurations() (err error) {
	meter := m.telemetry.Meter(scope)
	if m.completion, err = telemetry.NewDurations(meter, telemetry.Instrument{
		Name: "coinslot_order_completion_duration", Description: "Time from the placement of an order to its completion.",
	}, completionBounds, unnamed); err != nil {
		return err
	}
	if m.calls, err = telemetry.NewDurations(meter, telemetry.Instrument{
		Name:        "coinslot_provider_call_duration",
		Description: "Duration of commands to the payment provider, with all attempts, by outcome.",
	}, telemetry.Latencies(), call.attributes); err != nil {
		return err
	}
	m.requests, err = telemetry.NewDurations(meter, telemetry.Instrument{
		Name: "http.client.request.duration", Description: "Duration of HTTP client requests.",
	}, telemetry.Latencies(), attempt.attributes)
	return err
}

func (m *meters) externalRefund(ctx context.Context) { m.external.Add(ctx, struct{}{}) }

func (m *meters) review(ctx context.Context, reason checkout.ReviewReason) {
	m.reviews.Add(ctx, string(reason))
}

func (m *meters) declined(ctx context.Context, code string) { m.declines.Add(ctx, m.codes.Of(code)) }

func (m *meters) webhook(ctx context.Context, result string) { m.webhooks.Add(ctx, result) }

func (m *meters) signInFailed(ctx context.Context, reason string) { m.signIns.Add(ctx, reason) }

// transport measures each HTTP request of a client and makes a span of it.
func (m *meters) transport(base http.RoundTripper) http.RoundTripper {
	return measured{m.telemetry.Transport(base), m.requests}
}

type measured struct {
	http.RoundTripper
	requests *telemetry.Durations[attempt]
}

// RoundTrip implements http.RoundTripper.
func (m measured) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	response, err := m.RoundTripper.RoundTrip(r)
	a := attempt{method: r.Method, server: r.URL.Hostname()}
	if err == nil {
		a.status = response.StatusCode
	}
	m.requests.Record(r.Context(), a, time.Since(began))
	return response, err
}

// observeBreaker observes the circuit breaker of calls to the payment provider.
func (m *meters) observeBreaker(provider interface{ Breaker() string }) error {
	const name = "coinslot_provider_breaker"
	return m.telemetry.Observe(scope, []telemetry.Instrument{{
		Name: name, Description: "The state of the payment provider's circuit breaker: 1 for the present state.",
	}}, func(_ context.Context, report telemetry.Report) error {
		for _, state := range []string{"closed", "half-open", "open"} {
			value := 0.0
			if provider.Breaker() == state {
				value = 1
			}
			report(name, value, "state", state)
		}
		return nil
	})
}
