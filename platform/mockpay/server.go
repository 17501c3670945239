// Package mockpay is a mock payment provider: a server of its own with its own durable books, idempotency keys and
// signed webhooks. It knows nothing of any store and imports nothing of this one, as a real provider would not.
package mockpay

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/google/uuid"
)

const (
	statusSucceeded = "succeeded"
	statusFailed    = "failed"
	statusCanceled  = "canceled"

	maxBody           = 64 << 10
	readHeaderTimeout = 5 * time.Second
	stopTimeout       = 5 * time.Second
)

// declines are the tokens that decline, and how; pm_ok is the one that does not.
var declines = map[string]string{
	"pm_ok":                 "",
	"pm_declined":           "card_declined",
	"pm_insufficient_funds": "insufficient_funds",
	"pm_expired_card":       "expired_card",
	"pm_processing_error":   "processing_error",
}

// Options say where a provider listens, keeps its books and sends its webhooks.
type Options struct {
	Address       string // host:port; port 0 takes a free one
	Path          string // of the books
	WebhookURL    string // empty: no webhooks
	WebhookSecret string
}

// Server is a running provider.
type Server struct {
	store    *store
	http     *http.Server
	listener net.Listener
	courier  *courier
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
	server := &Server{store: s, listener: listener, courier: newCourier(s, opts)}
	server.http = &http.Server{Handler: server.routes(), ReadHeaderTimeout: readHeaderTimeout}
	go server.http.Serve(listener) //nolint:errcheck // it always ends with an error: the one of closing
	go server.courier.run()
	return server, nil
}

// URL returns where the provider is.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Stop finishes what is being done and closes the books. Webhooks that nobody has answered are sent after the next
// start.
func (s *Server) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	s.courier.stop()
	return errors.Join(err, s.store.db.Close())
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/payment_intents", s.createIntent)
	mux.HandleFunc("GET /v1/payment_intents", s.listIntents)
	mux.HandleFunc("GET /v1/payment_intents/{id}", s.getIntent)
	mux.HandleFunc("POST /v1/payment_intents/{id}/cancel", s.cancelIntent)
	mux.HandleFunc("GET /v1/charges", s.listCharges)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "not_found", "there is nothing at this address")
	})
	return mux
}

type createRequest struct {
	Reference     string            `json:"reference"`
	Amount        int64             `json:"amount"`
	Currency      string            `json:"currency"`
	PaymentMethod string            `json:"payment_method"`
	Metadata      map[string]string `json:"metadata"`
}

func (s *Server) createIntent(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" || len(key) > 255 {
		refuse(w, http.StatusBadRequest, "idempotency_key_required", "send an Idempotency-Key of 1 to 255 characters")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var in createRequest
	if err != nil || json.Unmarshal(body, &in) != nil {
		refuse(w, http.StatusBadRequest, "malformed_body", "the body is not the JSON that this takes")
		return
	}
	declineCode, known := declines[in.PaymentMethod]
	if !known || in.Amount <= 0 || in.Reference == "" || len(in.Currency) != 3 {
		refuse(w, http.StatusUnprocessableEntity, "invalid_request", "reference, amount above 0, currency and a known payment_method are needed")
		return
	}
	fresh := newIntent(in, declineCode)
	hash := sha256.Sum256(body)
	intent, err := s.store.create(key, hash[:], fresh, newEvent(fresh))
	if errors.Is(err, errKeyReused) {
		refuse(w, http.StatusConflict, "idempotency_key_reused", err.Error())
		return
	}
	s.courier.wake()
	answer(w, http.StatusCreated, intent, err)
}

func newIntent(in createRequest, declineCode string) Intent {
	intent := Intent{
		ID: "pi_" + uuid.Must(uuid.NewV7()).String(), Reference: in.Reference, Amount: in.Amount, Currency: in.Currency,
		Status: statusSucceeded, DeclineCode: declineCode, PaymentMethod: Card{Brand: "visa", Last4: "4242"},
		Metadata: in.Metadata, CreatedAt: time.Now().UTC(),
	}
	if declineCode != "" {
		intent.Status = statusFailed
	}
	return intent
}

func newEvent(intent Intent) Event {
	return Event{
		ID: "evt_" + uuid.Must(uuid.NewV7()).String(), Type: "payment_intent." + intent.Status, CreatedAt: time.Now().UTC(), Data: intent,
	}
}

func (s *Server) getIntent(w http.ResponseWriter, r *http.Request) {
	intent, err := s.store.find(r.PathValue("id"))
	answer(w, http.StatusOK, intent, err)
}

type page[T any] struct {
	Items []T `json:"items"`
}

func (s *Server) listIntents(w http.ResponseWriter, r *http.Request) {
	found, err := s.store.byReference(r.URL.Query().Get("reference"))
	answer(w, http.StatusOK, page[Intent]{append([]Intent{}, found...)}, err)
}

func (s *Server) cancelIntent(w http.ResponseWriter, r *http.Request) {
	intent, err := s.store.cancel(r.PathValue("id"), newEvent(Intent{Status: statusCanceled}))
	if errors.Is(err, errFinal) {
		refuse(w, http.StatusConflict, "intent_final", err.Error())
		return
	}
	s.courier.wake()
	answer(w, http.StatusOK, intent, err)
}

// Charge is an intent as the provider's books show it.
type Charge struct {
	ID        string `json:"id"`
	Reference string `json:"reference"`
	Amount    int64  `json:"amount"`
	Currency  string `json:"currency"`
	Status    string `json:"status"` // succeeded, failed
	Captured  int64  `json:"captured"`
	Refunded  int64  `json:"refunded"`
}

func (s *Server) listCharges(w http.ResponseWriter, r *http.Request) {
	found, err := s.store.byReference(r.URL.Query().Get("reference"))
	charges := page[Charge]{Items: []Charge{}}
	for _, i := range found {
		c := Charge{ID: i.ID, Reference: i.Reference, Amount: i.Amount, Currency: i.Currency, Status: i.Status}
		if i.Status == statusSucceeded {
			c.Captured = i.Amount
		}
		charges.Items = append(charges.Items, c)
	}
	answer(w, http.StatusOK, charges, err)
}

func answer(w http.ResponseWriter, status int, body any, err error) {
	switch {
	case errors.Is(err, errNotFound):
		refuse(w, http.StatusNotFound, "not_found", "there is no such intent")
		return
	case err != nil:
		refuse(w, http.StatusInternalServerError, "internal_error", err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) //nolint:errcheck,errchkjson // the client has gone; there is nobody to tell
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]any{"error": map[string]string{"code": code, "message": message}}, nil)
}
