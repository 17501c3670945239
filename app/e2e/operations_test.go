package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/app/verify"
	"coinslot/platform/web"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

var listedMetric = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|")

// promised returns the metrics that the page for operators lists. Rules and dashboards use no others.
func promised(t *testing.T) (out []string) {
	t.Helper()
	page, err := os.ReadFile("../operations.md")
	require.NoError(t, err)
	for _, m := range listedMetric.FindAllStringSubmatch(string(page), -1) {
		out = append(out, m[1])
	}
	require.Greater(t, len(out), 40)
	return out
}

// operator runs the command line at the database of a store.
type operator struct {
	t       *testing.T
	program harness.Program
}

func operatorOf(t *testing.T, r *harness.Store) operator {
	t.Helper()
	p := harness.NewProgram(t)
	p.Environ = append(p.Environ, "COINSLOT_DATABASE_URL="+r.Database.StoreURL, "COINSLOT_HTTP_PUBLIC_URL="+r.URL,
		"COINSLOT_PAYMENTS_URL="+r.Mockpay.URL(), "COINSLOT_PAYMENTS_API_KEY="+harness.ProviderKey)
	return operator{t, p}
}

func (o operator) try(args ...string) (string, error) {
	cmd := o.program.Command(o.t.Context(), o.t, args...)
	raw, err := cmd.CombinedOutput()
	return string(raw), err
}

func (o operator) run(args ...string) string {
	o.t.Helper()
	out, err := o.try(args...)
	require.NoError(o.t, err, out)
	return out
}

// An operator sees an order in review, a job that always fails and a broken ledger, and retries the job by hand.
func TestOperations(t *testing.T) {
	t.Parallel()
	var admin *web.Admin
	r := harness.Start(t, nil, verify.Schedule(), fx.Populate(&admin), harness.With(func(cfg *store.Config) {
		cfg.Checks.VerifyInterval, cfg.Checks.ReconcileInterval = 100*time.Millisecond, time.Hour
	}))
	o := operatorOf(t, r)
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	buyer.Checkout("pm_insufficient_funds", "brassica").Is(http.StatusPaymentRequired)
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "webhook_first"}, {"verb": "wrong_amount", "amount": 700}]}`)
	other := r.NewBuyer(t)
	other.Checkout("pm_ok", "moth-court")
	r.RefundAtProvider(t, order.Text("id"), 299)
	r.Guest(t).Guess("nobody").Is(http.StatusUnauthorized)
	r.Guest(t).Get("/v1/products").Is(http.StatusOK)
	r.AsOwner(t, `INSERT INTO river.river_job (kind, args, max_attempts, state) VALUES
		('checkout.payment_changed', '{"OrderID": "00000000-0000-7000-8000-000000000001"}', 1000, 'available')`)
	metric := func(pattern string) {
		t.Helper()
		line := regexp.MustCompile(`(?m)^` + pattern + `$`)
		harness.Eventually(t, pattern, func() bool { return line.MatchString(metricsOf(t, admin)) })
	}
	metric(`coinslot_jobs\{state="retryable"\} 1.0`)
	metric(`coinslot_orders_in_review\{reason="amount_mismatch"\} 1.0`)
	metric(`coinslot_check_findings\{check="verify"\} 0.0`)
	metric(`coinslot_check_findings\{check="reconcile"\} 0.0`)
	metric(`coinslot_external_refunds_total 1.0`)

	t.Run("every_promised_metric_exists", func(t *testing.T) {
		found := seriesOf(metricsOf(t, admin))
		for _, name := range promised(t) {
			require.Contains(t, found, name)
		}
	})
	t.Run("readyz_names_its_checks", func(t *testing.T) {
		var body map[string]any
		_, raw := harness.Call(t, http.MethodGet, r.URL+"/readyz", "")
		require.NoError(t, json.Unmarshal([]byte(raw), &body))
		require.Equal(t, map[string]any{"status": "ok", "checks": map[string]any{
			"shutdown": "ok", "database": "ok", "schema": "ok",
		}}, body)
	})
	t.Run("failing_job_is_listed_discarded_and_retried", func(t *testing.T) {
		id := regexp.MustCompile(`(?m)^(\d+) +checkout.payment_changed +retryable`).
			FindStringSubmatch(o.run("jobs", "list"))
		require.Len(t, id, 2)
		shown := o.run("jobs", "show", id[1])
		require.Contains(t, shown, `00000000-0000-7000-8000-000000000001`)
		require.Regexp(t, `attempt 1 at \S+ failed: `, shown)
		harness.Eventually(t, "the job is discarded, also if it was running", func() bool {
			return strings.Contains(o.run("jobs", "discard", id[1]), "is cancelled now")
		})
		metric(`coinslot_jobs\{state="retryable"\} 0.0`)
		require.Regexp(t, `(?m)^`+id[1]+` +checkout.payment_changed +cancelled`,
			o.run("jobs", "list", "--state", "cancelled"))
		require.Contains(t, o.run("jobs", "retry", id[1]), "is available now")
		metric(`coinslot_jobs\{state="retryable"\} 1.0`)
		out, err := o.try("jobs", "retry", "987654321")
		require.ErrorAs(t, err, new(*exec.ExitError))
		require.Contains(t, out, "coinslot: there is no job with this ID")
	})
	t.Run("status_says_what_needs_attention", func(t *testing.T) {
		r.AsOwner(t, `SET session_replication_role = replica;
			UPDATE billing.journal_postings SET amount = amount + 1 WHERE account = 'revenue'`)
		metric(`coinslot_check_findings\{check="verify"\} [1-9].*`)
		out := o.run("status")
		for _, line := range []string{
			`(?m)^ok +store +/readyz is 200`,
			`(?m)^ATTENTION +orders in manual review +1, the oldest for \S+, amount_mismatch: ` +
				`.* EUR +coinslot orders review`,
			`(?m)^ATTENTION +jobs +checkout.payment_changed retryable: 1`,
			`(?m)^ATTENTION +verify +[1-9]\d* findings`, `(?m)^ok +reconcile +0 findings`,
		} {
			require.Regexp(t, line, out)
		}
	})
}

func TestBounded_SlowQuery_IsUnchecked(t *testing.T) {
	t.Parallel()
	d := harness.OpenSampled(t)
	found, unchecked, err := verify.Bounded(t.Context(), d.StoreURL, time.Minute)
	require.NoError(t, err)
	require.Empty(t, unchecked)
	require.Greater(t, len(found), 15)
	for _, f := range found {
		require.Empty(t, f.Violations, f.Name)
	}
	conn, err := pgx.Connect(t.Context(), d.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), `BEGIN; LOCK TABLE billing.journal_postings`) // queries on it wait
	require.NoError(t, err)
	found, unchecked, err = verify.Bounded(t.Context(), d.StoreURL, 50*time.Millisecond)
	require.NoError(t, err)
	require.Contains(t, unchecked, "I1")
	require.NotEmpty(t, found, "the others are checked")
}
