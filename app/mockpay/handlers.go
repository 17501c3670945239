package mockpay

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

type createRequest struct {
	Reference     string            `json:"reference" required:"true" minLength:"1" maxLength:"255" pattern:"^[^/]+$"`
	Amount        int64             `json:"amount" required:"true" minimum:"1" description:"In minor units"`
	Currency      string            `json:"currency" required:"true" minLength:"3" maxLength:"3" description:"ISO 4217"`
	PaymentMethod string            `json:"payment_method" required:"true" pattern:"^pm_[a-z_]+$" example:"pm_ok"`
	CaptureMethod string            `json:"capture_method,omitempty" enum:"automatic,manual"`
	ReturnURL     string            `json:"return_url,omitempty" format:"uri" maxLength:"2048"`
	Metadata      map[string]string `json:"metadata,omitempty"`

	traceparent string // of the request (W3C Trace Context)
}

func (in createRequest) valid() bool {
	return in.Amount > 0 && in.Reference != "" && len(in.Reference) <= 255 && !strings.Contains(in.Reference, "/") &&
		len(in.Currency) == 3 &&
		(in.CaptureMethod == "" || in.CaptureMethod == "automatic" || in.CaptureMethod == "manual")
}

// validReturn reports whether the buyer's page may link to the return URL.
func (in createRequest) validReturn() bool {
	if in.ReturnURL == "" {
		return true
	}
	u, err := url.Parse(in.ReturnURL)
	return err == nil && len(in.ReturnURL) <= 2048 && u.Host != "" && u.User == nil &&
		(u.Scheme == "http" || u.Scheme == "https")
}

// read returns the idempotency key and the hash of the body, or responds with an error.
func read(w http.ResponseWriter, r *http.Request, in any) (key string, hash []byte, ok bool) {
	key = r.Header.Get("Idempotency-Key")
	if key == "" || len(key) > 255 {
		respondError(w, http.StatusBadRequest, "idempotency_key_required", "send an Idempotency-Key of 1 to 255 characters")
		return "", nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil || json.Unmarshal(body, in) != nil {
		respondError(w, http.StatusBadRequest, "malformed_body", "the body is not valid JSON for this operation")
		return "", nil, false
	}
	sum := sha256.Sum256(body)
	return key, sum[:], true
}

const (
	traceHeader = "Traceparent"
	maxTrace    = 64 // bytes
)

func (s *Server) createIntent(w http.ResponseWriter, r *http.Request) {
	var in createRequest
	key, hash, ok := read(w, r, &in)
	if !ok {
		return
	}
	program, known := s.tokens[in.PaymentMethod]
	if !known {
		respondError(w, http.StatusUnprocessableEntity, "invalid_request",
			fmt.Sprintf("there is no payment_method %q; the methods are %s",
				in.PaymentMethod, strings.Join(slices.Sorted(maps.Keys(s.tokens)), ", ")))
		return
	}
	if !in.valid() {
		respondError(w, http.StatusUnprocessableEntity, "invalid_request",
			"reference (without a slash), amount above 0 and currency are required")
		return
	}
	if !in.validReturn() {
		respondError(w, http.StatusUnprocessableEntity, "invalid_request",
			"return_url must be an absolute http or https URL of at most 2048 characters")
		return
	}
	if trace := r.Header.Get(traceHeader); len(trace) <= maxTrace {
		in.traceparent = trace
	}
	created, err := s.store.create(key, hash, in, program)
	switch {
	case err != nil:
		respond(w, 0, nil, err)
		return
	case created.fault == faultError:
		respondError(w, http.StatusInternalServerError, "internal_error", "a scenario injected this error")
		return
	case created.fault == faultReset:
		resetConnection(w)
		return
	}
	s.sender.notify()
	s.delayResponse(r.Context(), created)
	if created.lost || created.Intent.Status == statusProcessing {
		resetConnection(w)
		return
	}
	respond(w, http.StatusCreated, created.Intent, nil)
}

// delayResponse waits as long as the scenario requires.
func (s *Server) delayResponse(ctx context.Context, created created) {
	program := created.Steps
	if created.fresh && program.has(verbWebhookFirst) {
		s.awaitDelivery(ctx, created.eventID)
	}
	wait := time.Duration(0)
	if delay, ok := program.find(verbDelay); ok && created.fresh {
		wait = delay.after()
	}
	if created.Intent.Status == statusProcessing {
		wait = maxDelay // clients time out before
	}
	select {
	case <-time.After(min(wait, maxDelay)):
	case <-ctx.Done():
	case <-s.sender.ctx.Done():
	}
}

func (s *Server) awaitDelivery(ctx context.Context, eventID string) {
	const poll = 5 * time.Millisecond
	for range maxWebhookWait / poll {
		if !s.store.pending(eventID) || ctx.Err() != nil || s.sender.opts.WebhookURL == "" {
			return
		}
		time.Sleep(poll)
	}
}

// resetConnection resets the connection, as a crashed server does.
func resetConnection(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) //nolint:errcheck // without it the connection is closed gracefully
	}
	conn.Close()
}

func (s *Server) getIntent(w http.ResponseWriter, r *http.Request) {
	intent, err := s.store.find(r.PathValue("id"))
	respond(w, http.StatusOK, intent, err)
}

func (s *Server) listIntents(w http.ResponseWriter, r *http.Request) {
	found, err := s.store.byReference(r.URL.Query().Get("reference"))
	respond(w, http.StatusOK, Page[Intent]{Items: append([]Intent{}, found...)}, err)
}

func (s *Server) changeIntent(fn func(r *record) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		intent, err := s.store.change(r.PathValue("id"), fn)
		s.sender.notify()
		respond(w, http.StatusOK, intent, err)
	}
}

func (s *Server) createRefund(w http.ResponseWriter, r *http.Request) {
	var in refundRequest
	key, hash, ok := read(w, r, &in)
	if !ok {
		return
	}
	refund, err := s.store.refund(key, hash, in)
	s.sender.notify()
	respond(w, http.StatusCreated, refund, err)
}

func (s *Server) getRefund(w http.ResponseWriter, r *http.Request) {
	refund, err := s.store.findRefund(r.PathValue("id"))
	respond(w, http.StatusOK, refund, err)
}

func (s *Server) getDispute(w http.ResponseWriter, r *http.Request) {
	dispute, err := s.store.findDispute(r.PathValue("id"))
	respond(w, http.StatusOK, dispute, err)
}

// listPage is the number of items on a page of a list.
const listPage = 500

func (s *Server) listCharges(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if reference := q.Get("reference"); reference != "" {
		found, err := s.store.byReference(reference)
		page := Page[Charge]{Items: []Charge{}}
		for _, i := range found {
			if isCharge(i) {
				page.Items = append(page.Items, toCharge(i))
			}
		}
		respond(w, http.StatusOK, page, err)
		return
	}
	within, ok := readWindow(w, q)
	if !ok {
		return
	}
	page, err := s.store.charges(within)
	respond(w, http.StatusOK, page, err)
}

// readWindow reads the window of a list. When a time is malformed, it responds with 400 and returns false.
func readWindow(w http.ResponseWriter, q url.Values) (window, bool) {
	from, fromErr := parseTime(q.Get("created_from"))
	to, toErr := parseTime(q.Get("created_to"))
	if fromErr != nil || toErr != nil {
		respondError(w, http.StatusBadRequest, "bad_time",
			"created_from and created_to must be times such as 2026-03-01T12:00:00Z")
		return window{}, false
	}
	return window{from, to, q.Get("cursor"), listPage}, true
}

func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, text)
}

// statuses maps the store's errors to HTTP.
var statuses = map[error]struct {
	status int
	code   string
}{
	errNotFound:   {http.StatusNotFound, "not_found"},
	errKeyReused:  {http.StatusConflict, "idempotency_key_reused"},
	errFinal:      {http.StatusConflict, "intent_final"},
	errProcessing: {http.StatusConflict, "intent_processing"},
	errState:      {http.StatusConflict, "wrong_state"},
	errExceeds:    {http.StatusUnprocessableEntity, "refund_exceeds_captured"},
}

func respond(w http.ResponseWriter, status int, body any, err error) {
	if err != nil {
		for known, meaning := range statuses {
			if errors.Is(err, known) {
				respondError(w, meaning.status, meaning.code, err.Error())
				return
			}
		}
		respondError(w, http.StatusInternalServerError, "internal_error", err.Error())
		return
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) //nolint:errcheck,errchkjson // the client has closed the connection
}

// Problem is the body of every error.
type Problem struct {
	Error struct {
		Code    string `json:"code" required:"true" description:"Stable, for programs"`
		Message string `json:"message" required:"true"`
	} `json:"error" required:"true"`
}

func respondError(w http.ResponseWriter, status int, code, message string) {
	var p Problem
	p.Error.Code, p.Error.Message = code, message
	respond(w, status, p, nil)
}
