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
	Reference     string            `json:"reference" required:"true" minLength:"1" maxLength:"255" pattern:"^[^/]+$" description:"What the merchant calls the payment: an order's ID"`
	Amount        int64             `json:"amount" required:"true" minimum:"1" description:"In minor units of the currency"`
	Currency      string            `json:"currency" required:"true" minLength:"3" maxLength:"3" description:"ISO 4217"`
	PaymentMethod string            `json:"payment_method" required:"true" pattern:"^pm_[a-z_]+$" description:"A token, which is a program for what happens" example:"pm_ok"`
	CaptureMethod string            `json:"capture_method,omitempty" enum:"automatic,manual"`
	ReturnURL     string            `json:"return_url,omitempty" format:"uri" maxLength:"2048" description:"Where the buyer's page leads back to: http or https"`
	Metadata      map[string]string `json:"metadata,omitempty"`
}

func (in createRequest) valid() bool {
	return in.Amount > 0 && in.Reference != "" && len(in.Reference) <= 255 && !strings.Contains(in.Reference, "/") &&
		len(in.Currency) == 3 &&
		(in.CaptureMethod == "" || in.CaptureMethod == "automatic" || in.CaptureMethod == "manual")
}

// validReturn reports whether the buyer's page may lead to the return URL.
func (in createRequest) validReturn() bool {
	if in.ReturnURL == "" {
		return true
	}
	u, err := url.Parse(in.ReturnURL)
	return err == nil && len(in.ReturnURL) <= 2048 && u.Host != "" && u.User == nil &&
		(u.Scheme == "http" || u.Scheme == "https")
}

// read takes the idempotency key and the body of a request, or refuses it.
func read(w http.ResponseWriter, r *http.Request, in any) (key string, hash []byte, ok bool) {
	key = r.Header.Get("Idempotency-Key")
	if key == "" || len(key) > 255 {
		refuse(w, http.StatusBadRequest, "idempotency_key_required", "send an Idempotency-Key of 1 to 255 characters")
		return "", nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil || json.Unmarshal(body, in) != nil {
		refuse(w, http.StatusBadRequest, "malformed_body", "the body is not the JSON that this takes")
		return "", nil, false
	}
	sum := sha256.Sum256(body)
	return key, sum[:], true
}

func (s *Server) createIntent(w http.ResponseWriter, r *http.Request) {
	var in createRequest
	key, hash, ok := read(w, r, &in)
	if !ok {
		return
	}
	program, known := s.tokens[in.PaymentMethod]
	if !known {
		refuse(w, http.StatusUnprocessableEntity, "invalid_request",
			fmt.Sprintf("there is no payment_method %q; the methods are %s",
				in.PaymentMethod, strings.Join(slices.Sorted(maps.Keys(s.tokens)), ", ")))
		return
	}
	if !in.valid() {
		refuse(w, http.StatusUnprocessableEntity, "invalid_request",
			"reference (without a slash), amount above 0 and currency are needed")
		return
	}
	if !in.validReturn() {
		refuse(w, http.StatusUnprocessableEntity, "invalid_request",
			"return_url is an absolute http or https URL of at most 2048 characters")
		return
	}
	made, err := s.store.take(key, hash, in, program)
	switch {
	case err != nil:
		answer(w, 0, nil, err)
		return
	case made.mishap == failure:
		refuse(w, http.StatusInternalServerError, "internal_error", "a scenario wants this to fail")
		return
	case made.mishap == reset:
		cut(w)
		return
	}
	s.courier.wake()
	s.hold(r.Context(), made)
	if made.lost || made.Intent.Status == statusProcessing {
		cut(w)
		return
	}
	answer(w, http.StatusCreated, made.Intent, nil)
}

// hold keeps an answer back for as long as the program wants it.
func (s *Server) hold(ctx context.Context, made made) {
	program := made.Steps
	if made.fresh && program.has(verbWebhookFirst) {
		s.awaitDelivery(ctx, made.eventID)
	}
	wait := time.Duration(0)
	if delay, ok := program.find(verbDelay); ok && made.fresh {
		wait = delay.after()
	}
	if made.Intent.Status == statusProcessing {
		wait = maxHold // whoever asks has given up long before
	}
	select {
	case <-time.After(min(wait, maxHold)):
	case <-ctx.Done():
	case <-s.courier.ctx.Done():
	}
}

func (s *Server) awaitDelivery(ctx context.Context, eventID string) {
	const look = 5 * time.Millisecond
	for range maxWebhookWait / look {
		if !s.store.waiting(eventID) || ctx.Err() != nil || s.courier.opts.WebhookURL == "" {
			return
		}
		time.Sleep(look)
	}
}

// cut resets the connection, as a network does when a machine behind it dies.
func cut(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) //nolint:errcheck // without it the connection ends politely
	}
	conn.Close()
}

func (s *Server) getIntent(w http.ResponseWriter, r *http.Request) {
	intent, err := s.store.find(r.PathValue("id"))
	answer(w, http.StatusOK, intent, err)
}

func (s *Server) listIntents(w http.ResponseWriter, r *http.Request) {
	found, err := s.store.byReference(r.URL.Query().Get("reference"))
	answer(w, http.StatusOK, Page[Intent]{Items: append([]Intent{}, found...)}, err)
}

func (s *Server) changeIntent(fn func(r *record) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		intent, err := s.store.change(r.PathValue("id"), fn)
		s.courier.wake()
		answer(w, http.StatusOK, intent, err)
	}
}

func (s *Server) createRefund(w http.ResponseWriter, r *http.Request) {
	var in refundRequest
	key, hash, ok := read(w, r, &in)
	if !ok {
		return
	}
	refund, err := s.store.refund(key, hash, in)
	s.courier.wake()
	answer(w, http.StatusCreated, refund, err)
}

func (s *Server) getRefund(w http.ResponseWriter, r *http.Request) {
	refund, err := s.store.findRefund(r.PathValue("id"))
	answer(w, http.StatusOK, refund, err)
}

const chargesPage = 500

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
		answer(w, http.StatusOK, page, err)
		return
	}
	from, fromErr := moment(q.Get("created_from"))
	to, toErr := moment(q.Get("created_to"))
	if fromErr != nil || toErr != nil {
		refuse(w, http.StatusBadRequest, "bad_time", "created_from and created_to are times as in 2026-03-01T12:00:00Z")
		return
	}
	page, err := s.store.charges(window{from, to, q.Get("cursor"), chargesPage})
	answer(w, http.StatusOK, page, err)
}

func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, text)
}

// statuses are what the errors of the books mean over HTTP.
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

func answer(w http.ResponseWriter, status int, body any, err error) {
	if err != nil {
		for known, meaning := range statuses {
			if errors.Is(err, known) {
				refuse(w, meaning.status, meaning.code, err.Error())
				return
			}
		}
		refuse(w, http.StatusInternalServerError, "internal_error", err.Error())
		return
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) //nolint:errcheck,errchkjson // the client has gone; there is nobody to tell
}

// Problem is the body of every refusal.
type Problem struct {
	Error struct {
		Code    string `json:"code" required:"true" description:"Stable, for programs"`
		Message string `json:"message" required:"true"`
	} `json:"error" required:"true"`
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	var p Problem
	p.Error.Code, p.Error.Message = code, message
	answer(w, status, p, nil)
}
