// Package mockpay is a mock payment provider that misbehaves on command: a server of its own with its own durable
// books, idempotency keys, a clock that can be moved, and signed webhooks. It knows nothing of any store and imports
// nothing of this one, as a real provider would not.
package mockpay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

const (
	maxBody           = 64 << 10
	maxHold           = 30 * time.Second
	maxWebhookWait    = 2 * time.Second
	readHeaderTimeout = 5 * time.Second
	stopTimeout       = 2 * time.Second
)

// Options say where a provider listens, keeps its books and sends its webhooks.
type Options struct {
	Address       string // host:port; port 0 takes a free one
	Path          string // of the books
	WebhookURL    string // empty: no webhooks
	WebhookSecret string
	SettleAfter   time.Duration // how long the pm_timeout_… tokens are undecided; 0: six seconds
	FeeRate       int64         // what the provider keeps of each charge, in hundredths of a percent
}

// Server is a running provider.
type Server struct {
	store    *store
	http     *http.Server
	listener net.Listener
	courier  *courier
	tokens   map[string]steps
}

// Start opens the books and begins to listen.
func Start(opts Options) (*Server, error) {
	s, err := openStore(opts.Path)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", opts.Address)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("mockpay cannot listen on %s: %w", opts.Address, err), s.db.Close())
	}
	s.url, s.settle = "http://"+listener.Addr().String(), opts.SettleAfter
	s.feeRate = opts.FeeRate
	server := &Server{store: s, listener: listener, courier: newCourier(s, opts), tokens: tokens()}
	server.http = &http.Server{Handler: server.routes(), ReadHeaderTimeout: readHeaderTimeout}
	go server.http.Serve(listener) //nolint:errcheck // it always ends with an error: the one of closing
	go server.courier.run()
	return server, nil
}

// URL returns where the provider is.
func (s *Server) URL() string { return s.store.url }

// Stop finishes what is being done and closes the books. Webhooks that nobody has answered are sent after the next
// start.
func (s *Server) Stop() error {
	s.courier.stop() // and with it every answer that is held back
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) { // most often a connection that nobody has used: it is waited for as long as for a first request
		err = s.http.Close()
	}
	return errors.Join(err, s.store.db.Close())
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, handler := range map[string]http.HandlerFunc{
		"POST /v1/payment_intents":                  s.createIntent,
		"GET /v1/payment_intents":                   s.listIntents,
		"GET /v1/payment_intents/{id}":              s.getIntent,
		"POST /v1/payment_intents/{id}/confirm":     s.confirmIntent,
		"POST /v1/payment_intents/{id}/capture":     s.changeIntent(capture),
		"POST /v1/payment_intents/{id}/cancel":      s.changeIntent(cancel),
		"GET /v1/payment_intents/{id}/next_action":  s.actionPage,
		"POST /v1/payment_intents/{id}/next_action": s.nextAction,
		"POST /v1/refunds":                          s.createRefund,
		"GET /v1/refunds/{id}":                      s.getRefund,
		"GET /v1/charges":                           s.listCharges,
		"POST /_scenarios":                          s.armScenario,
		"GET /_scenarios":                           s.listScenarios,
		"DELETE /_scenarios":                        s.disarmScenarios,
		"POST /_clock/advance":                      s.advanceClock,
		"/": func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, http.StatusNotFound, "not_found", "there is nothing at this address")
		},
	} {
		mux.HandleFunc(pattern, handler)
	}
	return mux
}
