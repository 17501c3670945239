package web

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"coinslot/platform/fault"
	"coinslot/platform/log"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/labstack/echo/v4"
)

const problemType = "application/problem+json"

// Problem is the body of every error: RFC 9457, with a stable code.
type Problem struct {
	Type      string         `json:"type" doc:"A URI that names the kind of problem" example:"urn:coinslot:problem:price-changed"`
	Title     string         `json:"title" doc:"The status in words"`
	Status    int            `json:"status" doc:"The HTTP status"`
	Detail    string         `json:"detail" doc:"What happened, and what to do about it"`
	Code      string         `json:"code" doc:"Stable and in kebab-case: what a program should look at" example:"price-changed"`
	RequestID string         `json:"request_id" doc:"Name it when you report a problem"`
	Retryable bool           `json:"retryable,omitempty" doc:"Whether the same request may succeed later"`
	Errors    []Violation    `json:"errors,omitempty" doc:"Every violation at once"`
	Details   map[string]any `json:"-"`
	header    http.Header
}

// Violation is one thing wrong with a request.
type Violation struct {
	Location string `json:"location" doc:"Where: body.items[0], query.limit …"`
	Message  string `json:"message"`
	Value    any    `json:"value,omitempty"`
}

// Error, GetStatus and ContentType make a Problem one of Huma's errors.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type of RFC 9457.
func (p *Problem) ContentType(string) string { return problemType }

// MarshalJSON puts the details beside the standard members.
func (p *Problem) MarshalJSON() ([]byte, error) {
	type plain Problem
	raw, err := json.Marshal((*plain)(p))
	if err != nil || len(p.Details) == 0 {
		return raw, err
	}
	members := map[string]any{}
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, err
	}
	maps.Copy(members, p.Details)
	return json.Marshal(members)
}

var statusOf = map[fault.Kind]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Malformed:       http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.PaymentRequired: http.StatusPaymentRequired,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.Stale:           http.StatusPreconditionFailed,
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.RateLimited:     http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// byStatus are the faults behind statuses that the framework sets by itself.
var byStatus = map[int]*fault.Error{
	http.StatusBadRequest: fault.New(fault.Malformed, "malformed-request", "the request cannot be read"),
	http.StatusNotFound: fault.New(fault.NotFound, "not-found",
		"there is nothing at this address; /docs lists what there is"),
	http.StatusMethodNotAllowed: fault.New(fault.Malformed, "method-not-allowed",
		"this address does not take that method; the Allow header lists those it takes"),
	http.StatusNotAcceptable: fault.New(fault.Malformed, "not-acceptable",
		"the answer is JSON, which the Accept header rules out"),
	http.StatusRequestTimeout:        fault.New(fault.Malformed, "request-timeout", "the body took too long to arrive"),
	http.StatusRequestEntityTooLarge: fault.New(fault.Malformed, "body-too-large", "the body is larger than 64 KiB"),
	http.StatusUnsupportedMediaType: fault.New(fault.Malformed, "unsupported-media-type",
		"send the body as application/json"),
	http.StatusUnprocessableEntity: fault.New(fault.Invalid, "invalid-request",
		"some values are out of range; errors lists each of them"),
}

var (
	errInternal = fault.New(fault.Internal, "internal-error",
		"something went wrong on our side; it has been noted under the request's ID")
	errTimeout = fault.New(fault.Unavailable, "timeout",
		"the store did not get done in time; nothing is lost, try again").After(time.Second)
)

// render turns any error into a problem document. Unknown causes are kept for the log and hidden from the caller.
func render(ctx context.Context, err error) *Problem {
	f := fault.Of(err)
	if f == nil && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		f = errTimeout
	}
	if f == nil {
		f = errInternal
	}
	note(ctx, err)
	return problem(ctx, f, statusOf[f.Kind])
}

func problem(ctx context.Context, f *fault.Error, status int) *Problem {
	p := &Problem{
		Type: "urn:coinslot:problem:" + f.Code, Title: http.StatusText(status), Status: status, Detail: f.Message,
		Code: f.Code, RequestID: log.RequestID(ctx), Details: f.Details, header: http.Header{},
	}
	if f.RetryAfter > 0 {
		p.Retryable = true
		p.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	if status == http.StatusUnauthorized {
		p.header.Set("WWW-Authenticate", challenge(ctx))
	}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, Violation{located(field.Location), field.Message, field.Value})
	}
	return p
}

// located says where in the request a violating value is. Domains name the value alone, as the body's member is called;
// adapters may name a whole location.
func located(name string) string {
	part, _, _ := strings.Cut(name, ".")
	if slices.Contains([]string{"body", "path", "query", "header"}, part) {
		return name
	}
	return "body." + name
}

// challenge says how to sign in, and whether an access token was sent that is none or no longer one (RFC 6750 §3).
func challenge(ctx context.Context) string {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok && x.token {
		return `Bearer realm="coinslot", error="invalid_token"`
	}
	return `Bearer realm="coinslot"`
}

// fromFramework turns an error that Huma or Echo found before a handler ran into a problem.
func fromFramework(ctx context.Context, status int, errs []error) *Problem {
	f, known := byStatus[status]
	if !known {
		return render(ctx, errors.Join(errs...))
	}
	var violations []Violation
	for _, err := range errs {
		v := violation(err)
		if v.Message == validation.MsgUnexpectedProperty {
			status, f = http.StatusBadRequest, byStatus[http.StatusBadRequest].Saying("the body has members that are not known here; errors lists them")
		}
		violations = append(violations, v)
	}
	if status == http.StatusBadRequest && len(violations) == 1 && violations[0].Location == "body" {
		f, violations = f.Saying("%s", violations[0].Message), nil
	}
	p := problem(ctx, f, status)
	p.Errors = append(p.Errors, violations...)
	return p
}

func violation(err error) Violation {
	var detailer huma.ErrorDetailer
	if !errors.As(err, &detailer) {
		return Violation{Location: "body", Message: err.Error()}
	}
	d := detailer.ErrorDetail()
	v := Violation{Location: d.Location, Message: d.Message, Value: d.Value}
	if _, simple := d.Value.(map[string]any); simple || strings.Contains(d.Location, "password") ||
		strings.Contains(d.Location, "token") || d.Location == "body" {
		v.Value = nil
	}
	return v
}

// installProblems tells Huma, which keeps this in package variables, to speak in problems.
var installProblems = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return fromFramework(context.Background(), status, errs)
	}
	huma.NewErrorWithContext = func(c huma.Context, status int, _ string, errs ...error) huma.StatusError {
		p := fromFramework(c.Context(), status, errs)
		for name, values := range p.header {
			c.SetHeader(name, values[0])
		}
		return p
	}
})

// handleError is Echo's last resort: unknown routes, wrong methods, panics.
func handleError(err error, c echo.Context) {
	ctx := c.Request().Context()
	if c.Response().Committed {
		note(ctx, err)
		return
	}
	var p *Problem
	var he *echo.HTTPError
	if errors.As(err, &he) && byStatus[he.Code] != nil {
		p = problem(ctx, byStatus[he.Code], he.Code)
	} else {
		p = render(ctx, err)
	}
	if writeErr := writeProblem(c, p); writeErr != nil {
		note(ctx, writeErr)
	}
}

func writeProblem(c echo.Context, p *Problem) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	for name, values := range p.header {
		c.Response().Header().Set(name, values[0])
	}
	return c.Blob(p.Status, problemType, append(raw, '\n'))
}
