package mockpay_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/app/mockpay"
	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/modules/billing/ports/portstest"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"

	client "coinslot/modules/billing/adapters/mockpay"
)

var budget = billing.PaymentConfig{
	APIKey: "an API key for the tests", Timeout: 5 * time.Second, ConnectTimeout: time.Second,
	Slots: 100, OpenAfter: 100, OpenFor: time.Second,
}

func TestProviderContract(t *testing.T) {
	t.Parallel()
	portstest.RunProvider(t, func(t *testing.T) ports.PaymentProvider { return startProvider(t) })
}

func TestRecordsContract(t *testing.T) {
	t.Parallel()
	portstest.RunRecords(t, func(t *testing.T) portstest.RecordedProvider { return startProvider(t) })
}

func startProvider(t *testing.T) *client.Provider {
	t.Helper()
	server, err := mockpay.Start(mockpay.Options{
		Address: "127.0.0.1:0", APIKey: budget.APIKey,
		Path: filepath.Join(t.TempDir(), "db"),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return client.NewProvider(server.URL(), budget, slog.New(slog.DiscardHandler))
}

func request() ports.ChargeRequest {
	source := id.V7{}
	return ports.ChargeRequest{
		Key: "key", OrderID: source.NewID(), PaymentID: source.NewID(),
		Amount: money.Of(100, "USD"), Method: "pm_ok",
	}
}

func TestCharge_UnclearResponse_RetriesOnceWithSameKey(t *testing.T) {
	t.Parallel()
	hijack := func(w http.ResponseWriter) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			conn.Close()
		}
	}
	status := func(code int) func(w http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.WriteHeader(code) }
	}
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter)
		calls  int32
	}{
		"500":                 {status(http.StatusInternalServerError), 2},
		"409":                 {status(http.StatusConflict), 1},
		"401":                 {status(http.StatusUnauthorized), 2},
		"a closed connection": {hijack, 2},
		"an empty response":   {func(http.ResponseWriter) {}, 2},
		"half a response": {
			func(w http.ResponseWriter) { w.Write([]byte(`{"id":"pi_1","status":"succ`)) },
			2,
		},
		"an unknown status": {
			func(w http.ResponseWriter) { w.Write([]byte(`{"id":"pi_1","status":"odd"}`)) },
			1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				if r.Header.Get("Idempotency-Key") != "key" {
					calls.Add(100)
				}
				c.answer(w)
			}))
			t.Cleanup(server.Close)
			got := client.NewProvider(server.URL, budget, slog.New(slog.DiscardHandler)).Charge(t.Context(), request())
			require.Equal(t, billing.Unknown, got.Status)
			require.Error(t, got.Cause)
			require.Equal(t, c.calls, calls.Load())
		})
	}
}

func TestCharge_SilentProvider_IsUnknownWithinBudget(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(func() {
		close(release)
		server.Close()
	})
	start := time.Now()
	got := client.NewProvider(server.URL, billing.PaymentConfig{
		Timeout: 200 * time.Millisecond, ConnectTimeout: time.Second,
		Slots: 10, OpenAfter: 10, OpenFor: time.Second,
	}, slog.New(slog.DiscardHandler)).Charge(t.Context(), request())
	require.Equal(t, billing.Unknown, got.Status)
	require.Less(t, time.Since(start), time.Minute, "the provider never responds")
}

// Without its amount an older payment would need a manual review.
func TestOutcome_WithdrawnCurrency_KeepsItsAmount(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"id":"x_1","status":"succeeded","amount":7990,"currency":"HRK"}`))
	}))
	t.Cleanup(server.Close)
	provider, want := client.NewProvider(server.URL, budget, slog.New(slog.DiscardHandler)), money.Of(7990, "HRK")
	require.Equal(t, &want, provider.Charge(t.Context(), request()).Amount)
	require.Equal(t, &want, provider.Refund(t.Context(),
		ports.RefundRequest{Key: "k", ProviderRef: "pi_1", Amount: want}).Amount)
}

func TestRefund_ProviderRefuses_IsFailed(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]billing.RefundStatus{
		http.StatusUnprocessableEntity: billing.RefundFailed, http.StatusNotFound: billing.RefundFailed,
		http.StatusInternalServerError: billing.RefundRequested, http.StatusConflict: billing.RefundRequested,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		got := client.NewProvider(server.URL, budget, slog.New(slog.DiscardHandler)).Refund(t.Context(),
			ports.RefundRequest{Key: "k", ProviderRef: "pi_1", Amount: money.Of(1, "USD")})
		server.Close()
		require.Equal(t, want, got.Status, status)
		require.Error(t, got.Cause)
	}
}

func TestRead_RefundAndOtherEvents(t *testing.T) {
	t.Parallel()
	hooks := client.NewWebhooks(nil)
	refundID := id.V7{}.NewID()
	event, err := hooks.Read(fmt.Appendf(nil, `{"id":"evt_1","type":"refund.failed",
		"data":{"id":"re_1","status":"failed","metadata":{"refund_id":%q}}}`, refundID))
	require.NoError(t, err)
	require.Equal(t, refundID, event.RefundID)
	require.Equal(t, &domain.RefundOutcome{Status: billing.RefundFailed, ProviderRef: "re_1"}, event.Refund)
	event, err = hooks.Read([]byte(`{"id":"evt_1","type":"dispute.opened","data":{"id":"dp_1"}}`))
	require.NoError(t, err)
	require.True(t, event.Other)
	for _, bad := range []string{
		`{"id":"e","data":[]}`, `{"id":"e","type":"refund.x","data":{"status":5}}`,
		`{"id":"e","type":"payment_intent.x","data":{"amount":"x"}}`,
	} {
		_, err = hooks.Read([]byte(bad))
		require.ErrorIs(t, err, domain.ErrEvent, bad)
	}
}

func TestOpen_UnsignedOrOldWebhook_ReturnsErrSignature(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	paymentID := id.V7{}.NewID()
	body := fmt.Appendf(nil, `{"id":"evt_1","type":"payment_intent.succeeded","data":{"id":"pi_1","amount":100,
		"currency":"USD","status":"succeeded","metadata":{"payment_id":%q}}}`, paymentID)
	hooks := client.NewWebhooks([]string{"old", "new"})
	const surrogate, nul = `{"id":"evt_3","data":{"note":"\ud800"}}`, `{"id":"evt_3","data":{"\u0000":1}}`
	for name, c := range map[string]struct {
		signature string
		body      []byte
		want      error
	}{
		"signed with the new secret": {mockpay.Sign(body, "new", now), body, nil},
		"signed with the old secret": {mockpay.Sign(body, "old", now), body, nil},
		"just fresh enough":          {mockpay.Sign(body, "new", now.Add(-300*time.Second)), body, nil},
		"stale":                      {mockpay.Sign(body, "new", now.Add(-301*time.Second)), body, domain.ErrSignature},
		"from the future":            {mockpay.Sign(body, "new", now.Add(301*time.Second)), body, domain.ErrSignature},
		"signed with another secret": {mockpay.Sign(body, "forged", now), body, domain.ErrSignature},
		"signed for another body":    {mockpay.Sign([]byte("{}"), "new", now), body, domain.ErrSignature},
		"signed twice, the second valid": {
			mockpay.Sign(body, "forged", now) + strings.TrimPrefix(mockpay.Sign(body, "new", now), "t=1772366400"), body, nil,
		},
		"signed twice, the first valid":  {mockpay.Sign(body, "new", now) + ",v1=" + strings.Repeat("0", 64), body, nil},
		"signed, after one that is none": {strings.Replace(mockpay.Sign(body, "new", now), ",", ",v1=zz,", 1), body, nil},
		"signed, a lone surrogate":       {mockpay.Sign([]byte(surrogate), "new", now), []byte(surrogate), domain.ErrEvent},
		"signed, a NUL":                  {mockpay.Sign([]byte(nul), "new", now), []byte(nul), domain.ErrEvent},
		"not signed":                     {"", body, domain.ErrSignature},
		"nonsense":                       {"t=x,v1=zz", body, domain.ErrSignature},
		"without a mac":                  {"t=1772366400", body, domain.ErrSignature},
		"signed, but not an event":       {mockpay.Sign([]byte("[]"), "new", now), []byte("[]"), domain.ErrEvent},
		"signed, but without an ID":      {mockpay.Sign([]byte("{}"), "new", now), []byte("{}"), domain.ErrEvent},
		"signed, of an unknown payment":  {mockpay.Sign([]byte(`{"id":"evt_2"}`), "new", now), []byte(`{"id":"evt_2"}`), nil},
	} {
		event, err := hooks.Open(c.signature, c.body, now)
		require.ErrorIs(t, err, c.want, name)
		if c.want == nil && string(c.body) == string(body) {
			require.Equal(t, paymentID, event.PaymentID)
			require.Equal(t, billing.Captured, event.Outcome.Status)
		}
	}
}

func TestCharge_BreakerOpen_IsNotSent(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer server.Close()
	limits := billing.PaymentConfig{
		Timeout: time.Second, ConnectTimeout: time.Second, Slots: 1,
		OpenAfter: 3, OpenFor: time.Hour,
	}
	provider := client.NewProvider(server.URL, limits, slog.New(slog.DiscardHandler))
	require.Equal(t, billing.Unknown, provider.Charge(t.Context(), request()).Status)
	half := provider.Charge(t.Context(), request()) // its first attempt opens the breaker, so the second is not sent
	require.Equal(t, billing.Unknown, half.Status)
	require.False(t, half.Unsent, "an attempt was sent, so the outcome is unknown")
	require.True(t, provider.Charge(t.Context(), request()).Unsent)
	found, known := provider.Find(t.Context(), request())
	require.True(t, known && found.Unsent)
	require.EqualValues(t, 3, asked.Load())
}
