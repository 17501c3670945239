package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/platform/telemetry"
	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// metricsOf reads the metrics of a store in OpenMetrics, with exemplars.
func metricsOf(t *testing.T, admin *web.Admin) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+admin.Address()+"/metrics", nil)
	require.NoError(t, err)
	request.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	return string(text)
}

var sample = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})? `)

// series returns the number of series of each metric, a histogram's buckets counted as one.
func seriesOf(text string) map[string]int {
	out, seen := map[string]int{}, map[string]bool{}
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		m := sample.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		name, labels := m[1], bucket.ReplaceAllString(m[2], "")
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base := strings.TrimSuffix(name, suffix); strings.HasSuffix(base, "_seconds") {
				name = base
			}
		}
		if !seen[name+labels] {
			seen[name+labels] = true
			out[name]++
		}
	}
	return out
}

var bucket = regexp.MustCompile(`,?le="[^"]*"`)

func TestMetrics(t *testing.T) {
	t.Parallel()
	var admin *web.Admin
	r := harness.Start(t, nil, fx.Populate(&admin))
	buyer := r.NewBuyer(t)
	buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	buyer.Checkout("pm_insufficient_funds", "brassica").Is(http.StatusPaymentRequired)
	r.Guest(t).Post("/v1/sessions", harness.Object{"login": "nobody", "password": harness.TestPassword}).
		Is(http.StatusUnauthorized)
	r.Guest(t).Get("/v1/products").Is(http.StatusOK)
	r.AwaitNumbers(t)

	t.Run("purchase_and_decline", func(t *testing.T) {
		text := metricsOf(t, admin)
		for _, line := range []string{
			`http_server_request_duration_seconds_count{http_request_method="POST",` +
				`http_response_status_code="201",http_route="/v1/checkouts"} 1`,
			`coinslot_order_transitions_total{from="none",to="pending"} 2.0`,
			`coinslot_order_transitions_total{from="pending",to="paid"} 1.0`,
			`coinslot_order_transitions_total{from="paid",to="completed"} 1.0`,
			`coinslot_order_transitions_total{from="pending",to="declined"} 1.0`,
			`coinslot_order_completion_duration_seconds_count 1`,
			`coinslot_payment_declines_total{code="insufficient_funds"} 1.0`,
			`coinslot_provider_call_duration_seconds_count{operation="charge",outcome="captured"} 1`,
			`coinslot_provider_call_duration_seconds_count{operation="charge",outcome="declined"} 1`,
			`coinslot_provider_breaker{state="closed"} 1.0`, `coinslot_provider_breaker{state="open"} 0.0`,
			`coinslot_sign_in_failures_total{reason="wrong login or password"} 1.0`,
			`coinslot_orders_in_review{reason="payment_unknown"} 0.0`, `coinslot_documents_unnumbered 0.0`,
			`coinslot_state_up 1.0`, `coinslot_jobs{state="discarded"} 0.0`,
		} {
			require.Contains(t, text, line+"\n")
		}
		require.Regexp(t, `target_info\{.*service_name="coinslot",service_version="[^"]+"`, text)
		require.Regexp(t, `coinslot_cache_reads_total\{result="miss"\} [1-9]`, text)
		require.Regexp(t, `db_client_connection_count\{.*pool_name="store".*state="idle"\} `, text)
	})
	t.Run("routes_are_paths_of_the_OpenAPI_document", func(t *testing.T) {
		paths := slices.Collect(maps.Keys(r.Guest(t).Get("/openapi.json").Is(http.StatusOK).Body["paths"].(harness.Object)))
		for _, m := range regexp.MustCompile(`http_route="(/v1/[^"]*)"`).FindAllStringSubmatch(metricsOf(t, admin), -1) {
			require.Contains(t, paths, m[1])
		}
	})
	t.Run("series_are_bounded", func(t *testing.T) {
		send := func(from, to int) {
			for n := from; n < to; n++ {
				for _, request := range [][2]string{
					{fmt.Sprintf("M%d", n), "/v1/orders/x"},
					{http.MethodGet, fmt.Sprintf("/nothing/%d", n)},
					{http.MethodGet, fmt.Sprintf("/v1/products/%d", n)},
				} {
					harness.Call(t, request[0], r.URL+request[1], "")
				}
			}
		}
		send(0, 5)
		before := seriesOf(metricsOf(t, admin))
		send(5, 60)
		after := seriesOf(metricsOf(t, admin))
		require.Equal(t, before, after, "requests of further paths and methods make no further series")
		total := 0
		for name, n := range after {
			require.Less(t, n, telemetry.MaxSeries, name)
			total += n
		}
		require.Less(t, total, 400)
	})
}
