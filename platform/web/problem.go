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
	Type      string         `json:"type" doc:"A URI of the type of problem" example:"urn:coinslot:problem:price-changed"`
	Title     string         `json:"title" doc:"The HTTP status as text"`
	Status    int            `json:"status" doc:"The HTTP status"`
	Detail    string         `json:"detail" doc:"What happened, and what to do about it"`
	Code      string         `json:"code" doc:"Stable, in kebab-case: programs decide by it" example:"price-changed"`
	RequestID string         `json:"request_id" doc:"Quote it when you report a problem"`
	Retryable bool           `json:"retryable,omitempty" doc:"Whether the same request may succeed later"`
	Errors    []Violation    `json:"errors,omitempty" doc:"All violations of the request"`
	Details   map[string]any `json:"-"`
	header    http.Header
}

// Violation is one invalid value of a request.
type Violation struct {
	Location string `json:"location" doc:"The invalid value, such as body.items[0] or query.limit"`
	Message  string `json:"message"`
	Value    any    `json:"value,omitempty"`
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

// MarshalJSON adds the details as members.
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

// byStatus has the faults of the statuses that Huma and Echo return themselves.
var byStatus = map[int]*fault.Error{
	http.StatusBadRequest: fault.New(fault.Malformed, "malformed-request", "the request cannot be read"),
	http.StatusNotFound: fault.New(fault.NotFound, "not-found",
		"no operation has this path; /docs lists all operations"),
	http.StatusMethodNotAllowed: fault.New(fault.Malformed, "method-not-allowed",
		"this path does not support the method; the Allow header lists the supported ones"),
	http.StatusNotAcceptable: fault.New(fault.Malformed, "not-acceptable",
		"the response is JSON, which the Accept header excludes"),
	http.StatusRequestTimeout:        fault.New(fault.Malformed, "request-timeout", "the body took too long to arrive"),
	http.StatusRequestEntityTooLarge: fault.New(fault.Malformed, "body-too-large", "the body is larger than 64 KiB"),
	http.StatusUnsupportedMediaType: fault.New(fault.Malformed, "unsupported-media-type",
		"send the body as application/json"),
	http.StatusUnprocessableEntity: fault.New(fault.Invalid, "invalid-request",
		"some values are out of range; errors lists each of them"),
}

var (
	errInternal = fault.New(fault.Internal, "internal-error",
		"an internal error occurred; it is logged with the request's ID")
	errTimeout = fault.New(fault.Unavailable, "timeout",
		"the store did not finish the request in time; nothing is lost, try again").After(time.Second)
)

// render returns the problem document of any error. The text of an error that is not a fault is logged and hidden
// from the caller.
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

// located returns the location of an invalid value in the request. Domains name the member of the body; adapters may
// name a complete location, such as query.limit.
func located(name string) string {
	part, _, _ := strings.Cut(name, ".")
	if slices.Contains([]string{"body", "path", "query", "header"}, part) {
		return name
	}
	return "body." + name
}

// challenge returns the value of WWW-Authenticate, with an error when the request has an access token (RFC 6750 §3).
func challenge(ctx context.Context) string {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok && x.token {
		return `Bearer realm="coinslot", error="invalid_token"`
	}
	return `Bearer realm="coinslot"`
}

// fromFramework returns the problem document of an error that Huma or Echo returns before the handler runs.
func fromFramework(ctx context.Context, status int, errs []error) *Problem {
	f, known := byStatus[status]
	if !known {
		return render(ctx, errors.Join(errs...))
	}
	var violations []Violation
	for _, err := range errs {
		v := violation(err)
		if v.Message == validation.MsgUnexpectedProperty {
			status = http.StatusBadRequest
			f = byStatus[status].Saying("the body has unknown members; errors lists them")
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

// installProblems makes Huma return problem documents. Huma has only package variables for that.
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

// handleError writes the problem document of an error that Huma does not handle, such as an unknown route or a panic.
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
