package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"coinslot/platform/fault"
	"coinslot/platform/money"
	"coinslot/platform/page"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"
)

const maxBody = 64 << 10

// API is where modules register their operations.
type API struct {
	huma.API
	auth    Authenticator
	answers *Answers
}

func newAPI(e *echo.Echo, auth Authenticator, answers *Answers, version string) *API {
	installProblems()
	cfg := huma.DefaultConfig("Coinslot", version)
	cfg.CreateHooks = nil
	cfg.DocsPath, cfg.SchemasPath = "", ""
	cfg.Formats = map[string]huma.Format{"application/json": strictJSON(), problemType: strictJSON()}
	cfg.DefaultFormat = "application/json"
	cfg.Info.Description = "A game store without a storefront: accounts, a catalog, a cart, checkout, payment, invoices and a library."
	cfg.Info.License = &huma.License{Name: "MIT", Identifier: "MIT"}
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		scheme: {Type: "http", Scheme: scheme, BearerFormat: "JWT", Description: "The access_token of POST /v1/sessions."},
	}
	return &API{API: humaecho.New(e, cfg), auth: auth, answers: answers}
}

var modulePath = regexp.MustCompile(`/modules/([a-z]+)/`)

// schemaName names a wire type after its module, because two modules may both have lines: CartItem, CheckoutLine.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := strings.ReplaceAll(huma.DefaultSchemaNamer(t, hint), "DTO", "")
	m := modulePath.FindStringSubmatch(t.PkgPath())
	if m == nil || strings.HasPrefix(strings.ToLower(name), m[1]) {
		return name
	}
	return strings.ToUpper(m[1][:1]) + m[1][1:] + name
}

// Op describes an operation.
type Op struct {
	Access  Access
	Method  string
	Path    string
	ID      string // kebab-case, unique
	Summary string
	Tag     string
	Status  int // of success; 0: 200
	// Also lists further statuses of success, whose bodies look alike.
	Also []int
	// Remembered says that an answer may be a second old. It is for reads of what is seldom written, and nothing but for
	// public ones: everybody is given the same answer.
	Remembered bool
	// RawBody leaves the body's bytes to the handler, which must look at them before they are parsed.
	RawBody bool
}

// Register adds an operation. Handlers return faults as they are.
func Register[I, O any](api *API, op Op, handler func(ctx context.Context, in *I) (*O, error)) {
	if op.Status == 0 {
		op.Status = http.StatusOK
	}
	h := huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary, Tags: []string{op.Tag},
		DefaultStatus: op.Status, MaxBodyBytes: maxBody, SkipValidateBody: op.RawBody,
	}
	if op.Access != Public {
		h.Security = []map[string][]string{{scheme: {}}}
		h.Middlewares = huma.Middlewares{api.guard(op.Access)}
	}
	if op.Remembered && op.Access == Public {
		api.answers.of(op.Path)
	}
	huma.Register(api.API, h, handler)
	alsoAnswers(api.OpenAPI().Paths[op.Path], op)
}

// alsoAnswers documents the other successes as looking like the first.
func alsoAnswers(path *huma.PathItem, op Op) {
	for _, candidate := range []*huma.Operation{path.Get, path.Post, path.Put, path.Patch, path.Delete} {
		if candidate == nil || candidate.OperationID != op.ID {
			continue
		}
		for _, status := range op.Also {
			answer := *candidate.Responses[strconv.Itoa(op.Status)]
			answer.Description = http.StatusText(status)
			candidate.Responses[strconv.Itoa(status)] = &answer
		}
	}
}

// Money is an amount on the wire.
type Money struct {
	Amount   int64  `json:"amount" doc:"In minor units, such as cents" example:"1999"`
	Currency string `json:"currency" doc:"ISO 4217" example:"USD" minLength:"3" maxLength:"3"`
}

// FromMoney returns m as it goes over the wire.
func FromMoney(m money.Money) Money { return Money{m.Amount(), string(m.Currency())} }

// Money reads an amount from the wire.
func (m Money) Money() (money.Money, error) { return money.New(m.Amount, m.Currency) }

// PageQuery is the input of every list.
type PageQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"How many items"`
	Cursor string `query:"cursor" maxLength:"1024" doc:"next_cursor of the page before"`
}

// Request returns the input in the words of package page.
func (q PageQuery) Request() page.Request { return page.Request{Limit: q.Limit, Cursor: q.Cursor} }

// List is one page of a list on the wire.
type List[T any] struct {
	Link string `header:"Link"`
	Body struct {
		Items      []T     `json:"items" nullable:"false"`
		NextCursor *string `json:"next_cursor" doc:"null on the last page"`
	}
}

// NewList puts a page on the wire. next is the list's path with its filters but without a cursor.
func NewList[T, U any](p page.Page[T], next string, dto func(T) U) *List[U] {
	out := &List[U]{}
	out.Body.Items = page.Map(p, dto).Items
	if p.Next != "" {
		out.Body.NextCursor = &p.Next
		joint := "?"
		if strings.Contains(next, "?") {
			joint = "&"
		}
		out.Link = fmt.Sprintf(`<%s%scursor=%s>; rel="next"`, next, joint, p.Next)
	}
	return out
}

// Path returns a list's path with those of its filters that are set, for NewList.
func Path(path string, filters map[string]string) string {
	values := url.Values{}
	for name, value := range filters {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// ErrIfMatch is returned for an If-Match header that no ETag of ours can match.
var ErrIfMatch = fault.New(fault.Malformed, "bad-if-match", `send If-Match as the ETag was given out, such as "7", or leave it out`)

// IfMatch is the input of writes that may name the version they were made for.
type IfMatch struct {
	IfMatch string `header:"If-Match" maxLength:"64" doc:"The ETag that the change was made for; stale: 412"`
}

// Version returns the version named, or 0 when any will do.
func (h IfMatch) Version() (int64, error) {
	tag := strings.TrimSpace(h.IfMatch)
	if tag == "" || tag == "*" {
		return 0, nil
	}
	n, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 64)
	if err != nil || n < 1 || tag != ETag(n) {
		return 0, ErrIfMatch
	}
	return n, nil
}

// ETag writes a version as an entity tag.
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// ErrIdempotencyKey is returned when the key is missing or cannot be one.
var ErrIdempotencyKey = fault.New(fault.Malformed, "idempotency-key-required", "send an Idempotency-Key header of 1 to 255 visible ASCII characters, a new one for each purchase and the same one for each retry")

// IdempotencyKey is the input of calls that must have no second effect.
type IdempotencyKey struct {
	Key string `header:"Idempotency-Key" doc:"1 to 255 visible ASCII characters; required"`
}

// Valid returns the key, or ErrIdempotencyKey.
func (k IdempotencyKey) Valid() (string, error) {
	if k.Key == "" || len(k.Key) > 255 {
		return "", ErrIdempotencyKey
	}
	for i := range len(k.Key) {
		if k.Key[i] < '!' || k.Key[i] > '~' {
			return "", ErrIdempotencyKey
		}
	}
	return k.Key, nil
}

// Nullable is a member that is an object or null; its schema says so, which a pointer's would not.
type Nullable[T any] struct{ value *T }

// NullableOf returns p's object, or null.
func NullableOf[T any](p *T) Nullable[T] { return Nullable[T]{p} }

// MarshalJSON writes the object or null.
func (n Nullable[T]) MarshalJSON() ([]byte, error) { return json.Marshal(n.value) }

// Schema describes the object or null.
func (Nullable[T]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{r.Schema(reflect.TypeFor[T](), true, ""), {Type: "null"}}}
}
