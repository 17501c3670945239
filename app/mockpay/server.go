// Package mockpay is a mock payment provider with programmable faults. It is a separate server with a durable database,
// idempotency keys, an adjustable clock and signed webhooks. Like a real provider, it does not depend on the store.
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
	maxDelay          = 30 * time.Second
	maxWebhookWait    = 2 * time.Second
	readHeaderTimeout = 5 * time.Second
	stopTimeout       = 2 * time.Second
)

// Options configure a provider.
type Options struct {
	Address       string // host:port; port 0 selects a free one
	PublicURL     string // the URL for buyers; default: http:// and the address
	APIKey        string // of the merchant; required
	Path          string // of the database file
	WebhookURL    string // empty for no webhooks
	WebhookSecret string
	SettleAfter   time.Duration // the delay of the pm_timeout_… methods; default: six seconds
	FeeRate       int64         // the fee of each charge, in hundredths of a percent
	FeeFixed      int64         // and this in minor units; at most the charge
	DisputeFee    int64         // the fee of each dispute, in minor units
	Unsafe        bool          // writes are not synced to the disk: faster, but lost when the machine crashes; for tests
}

// Server is a running provider.
type Server struct {
	store     *store
	http      *http.Server
	url       string
	key       [sha256.Size]byte // the hash of the API key, for a comparison in constant time
	sender    *sender
	tokens    map[string]steps
	described description
}

// Start opens the database and starts to listen. It returns an error when the API key is missing, when the database
// is in use, and when the address cannot be listened on.
func Start(opts Options) (*Server, error) {
	if opts.APIKey == "" {
		return nil, errors.New("mockpay needs an API key")
	}
	s, err := openStore(opts.Path, opts.Unsafe)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", opts.Address)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("mockpay cannot listen on %s: %w", opts.Address, err), s.db.Close())
	}
	url := "http://" + listener.Addr().String()
	s.public = strings.TrimRight(cmp.Or(opts.PublicURL, url), "/")
	s.settle, s.fees = opts.SettleAfter, fees{opts.FeeRate, opts.FeeFixed, opts.DisputeFee}
	server := &Server{
		store: s, url: url, key: sha256.Sum256([]byte(opts.APIKey)),
		sender: newSender(s, opts), tokens: tokens(),
	}
	server.http = &http.Server{Handler: server.routes(), ReadHeaderTimeout: readHeaderTimeout}
	go server.http.Serve(listener) //nolint:errcheck // it returns http.ErrServerClosed
	go server.sender.run()
	return server, nil
}

// URL returns the provider's base URL.
func (s *Server) URL() string { return s.url }

// Stop waits up to two seconds for requests in flight and closes the database. Undelivered webhooks are sent after the
// next start.
func (s *Server) Stop() error {
	s.sender.stop() // it also ends delayed responses
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) { // net/http waits for new connections without a request
		err = s.http.Close()
	}
	return errors.Join(err, s.store.db.Close())
}
