// Package mockpay is a mock payment provider that misbehaves on command: a server of its own with its own durable
// books, idempotency keys, a clock that can be moved, and signed webhooks. It knows nothing of any store and imports
// nothing of this one, as a real provider would not.
package mockpay

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
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
	PublicURL     string // where buyers find the provider; empty: http:// and the address
	APIKey        string // of the merchant; required
	Path          string // of the books
	WebhookURL    string // empty: no webhooks
	WebhookSecret string
	SettleAfter   time.Duration // how long the pm_timeout_… tokens are undecided; 0: six seconds
	FeeRate       int64         // what the provider keeps of each charge, in hundredths of a percent
}

// Server is a running provider.
type Server struct {
	store     *store
	http      *http.Server
	url       string
	key       [sha256.Size]byte // the API key's hash: all hashes are equally long to compare
	courier   *courier
	tokens    map[string]steps
	described description
}

// Start opens the books and begins to listen.
func Start(opts Options) (*Server, error) {
	if opts.APIKey == "" {
		return nil, errors.New("mockpay needs an API key, without which anybody could refund its payments")
	}
	s, err := openStore(opts.Path)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", opts.Address)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("mockpay cannot listen on %s: %w", opts.Address, err), s.db.Close())
	}
	url := "http://" + listener.Addr().String()
	s.public, s.settle, s.feeRate = strings.TrimRight(cmp.Or(opts.PublicURL, url), "/"), opts.SettleAfter, opts.FeeRate
	server := &Server{
		store: s, url: url, key: sha256.Sum256([]byte(opts.APIKey)),
		courier: newCourier(s, opts), tokens: tokens(),
	}
	server.http = &http.Server{Handler: server.routes(), ReadHeaderTimeout: readHeaderTimeout}
	go server.http.Serve(listener) //nolint:errcheck // it always ends with an error: the one of closing
	go server.courier.run()
	return server, nil
}

// URL returns where the provider is.
func (s *Server) URL() string { return s.url }

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
