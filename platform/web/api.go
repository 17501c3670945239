package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"
)

const (
	maxBody   = 64 << 10
	headerKey = "Idempotency-Key"
)

// API has the operations that modules register, and the OpenAPI document.
type API struct {
	huma.API
	auth     Authenticator
	cache    *ResponseCache
	commons  Commons
	contract Contract
	codes    codes
	opened   map[string]bool // references of response schemas
	naming   *string         // the ID of the operation that is being registered
}

func newAPI(e *echo.Echo, p Parts) *API {
	installProblems()
	naming := ""
	cfg := huma.DefaultConfig("Coinslot", p.Version)
	cfg.CreateHooks = nil
	cfg.DocsPath, cfg.SchemasPath = "", ""
	cfg.Formats = map[string]huma.Format{"application/json": strictJSON(), "json": strictJSON()} // json is for problemType
	cfg.DefaultFormat = "application/json"
	cfg.RejectUnknownQueryParameters = true
	cfg.Info.Description = introduction
	cfg.Info.License = &huma.License{Name: "MIT", Identifier: "MIT"}
	cfg.Servers = []*huma.Server{{URL: "/", Description: "The store that serves this document"}}
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/",
		func(t reflect.Type, hint string) string { return schemaName(t, hint, naming) })
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		scheme: {Type: "http", Scheme: scheme, BearerFormat: "JWT", Description: "The access_token of POST /v1/sessions."},
	}
	cfg.Components.Parameters = map[string]*huma.Param{"IfNoneMatch": {
		Name: "If-None-Match", In: "header",
		Description: "ETags of responses that the client has; 304 is returned when the current response has one of them",
		Schema:      &huma.Schema{Type: "string"},
	}}
	adapter := humaecho.New(e, huma.Config{OpenAPI: &huma.OpenAPI{}}).Adapter()
	a := &API{
		API: huma.NewAPI(cfg, withHead{adapter}), auth: p.Auth, cache: p.Cache, commons: p.Commons, codes: newCodes(),
		opened: map[string]bool{}, naming: &naming,
		contract: Contract{
			Descriptions: map[string]string{}, Faults: map[string][]*fault.Error{},
			Examples: map[string]any{}, IDs: map[string]string{}, Details: map[string]any{},
		},
	}
	a.shareProblems()
	a.serveCodes(e)
	return a
}

const introduction = `A headless game store: accounts, a catalog, a cart, checkout, payments, invoices and a library.

- Every error is a problem document (RFC 9457). Programs decide by its code; [all codes](/docs/codes).
- Every response has the request's ID in X-Request-Id. Every path that supports GET supports HEAD.
- Responses may get new members: ignore those that you do not know. Requests may have documented members only.
- Amounts are integers in minor units of their currency.`

// schemaName names a wire type after its Go type, such as Order. An anonymous body is named after its operation, such
// as AddCartItemRequest.
func schemaName(t reflect.Type, hint, operation string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() != "" || t.Kind() != reflect.Struct {
		return strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "DTO")
	}
	var name strings.Builder
	for word := range strings.SplitSeq(operation, "-") {
		name.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	if strings.HasSuffix(hint, "InputBody") {
		return name.String() + "Request"
	}
	return name.String() + "Result"
}

// Op describes an operation.
type Op struct {
	Access  Access
	Method  string
	Path    string
	ID      string // kebab-case, unique
	Summary string
	Tag     string
	Status  int // the status of success; 0 is 200
	// Also lists further statuses of success. Their bodies have the same type.
	Also []int
	// Empty lists further statuses of success without a body: the output's Body is a nil pointer.
	Empty []int
	// Cached allows the response cache to serve a response for CacheMaxAge. It has an effect on public operations only,
	// because all callers get the same response.
	Cached bool
	// RawBody passes the bytes of the body to the handler, for bodies that must be verified before they are parsed.
	RawBody bool
}

// Register adds an operation. A fault that the handler returns becomes a problem document by its kind; any other error
// becomes a 500 with a hidden cause. The document describes the operation from op, the types I and O, and Describe.
func Register[I, O any](api *API, op Op, handler func(ctx context.Context, in *I) (*O, error)) {
	if op.Status == 0 {
		op.Status = http.StatusOK
	}
	h := huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary,
		Description:   api.contract.Descriptions[op.ID],
		Tags:          []string{op.Tag},
		DefaultStatus: op.Status, MaxBodyBytes: maxBody, SkipValidateBody: op.RawBody,
		// Disabled: bodies.receive has read the body already, and net/http reads from the connection while the handler
		// runs. A deadline that expires there cancels the request and breaks its connection (golang/go#70834).
		BodyReadTimeout: -1,
	}
	h.Security = []map[string][]string{} // explicitly none
	if op.Access != Public {
		h.Security = []map[string][]string{{scheme: {}}}
		h.Middlewares = huma.Middlewares{api.guard(op.Access)}
	}
	if op.Cached && op.Access == Public {
		api.cache.enable(op.Path)
	}
	*api.naming = op.ID
	huma.Register(api.API, h, linked(forEachTag(handler)))
	leaveUniquenessToHandlers(api.OpenAPI().Components.Schemas)
	api.document(op, reflect.TypeFor[I]())
}

// leaveUniquenessToHandlers documents uniqueItems and disables Huma's check, which panics on items that are objects or
// arrays. Handlers check with UniqueIDs.
func leaveUniquenessToHandlers(schemas huma.Registry) {
	for _, schema := range schemas.Map() {
		for _, member := range schema.Properties {
			if member.UniqueItems {
				member.UniqueItems, member.Extensions = false, map[string]any{"uniqueItems": true}
			}
		}
	}
}

// Money is the wire type of an amount in a response.
type Money struct {
	Amount   int64  `json:"amount" doc:"Minor units by ISO 4217: 1999 is 19.99 USD, 1999 JPY or 1.999 KWD" example:"1999"`
	Currency string `json:"currency" doc:"ISO 4217, in force or withdrawn" example:"EUR" minLength:"3" maxLength:"3"`
}

// FromMoney returns the wire type of m.
func FromMoney(m money.Money) Money { return Money{m.Amount(), string(m.Currency())} }

// MoneyInput is the wire type of an amount in a request.
type MoneyInput struct {
	Amount   int64  `json:"amount" doc:"Minor units by ISO 4217: 1999 is 19.99 USD, 1999 JPY or 1.999 KWD" example:"1999"`
	Currency string `json:"currency" doc:"An ISO 4217 code in force" example:"EUR" minLength:"3" maxLength:"3"`
}

// Money returns the amount. It returns money.ErrCurrency for a currency that is not in force.
func (m MoneyInput) Money() (money.Money, error) { return money.New(m.Amount, m.Currency) }

// Restored returns the amount of an existing object, whose currency may be withdrawn. It returns money.ErrCurrency
// for a code that ISO 4217 has never listed.
func (m MoneyInput) Restored() (money.Money, error) { return money.Restore(m.Amount, m.Currency) }

// UniqueIDs parses a member of a body that lists IDs. It returns absent when a text is not an ID, because no object
// has it, and a fault of kind Invalid that names the index when an ID occurs twice.
func UniqueIDs(member string, texts []string, absent error) ([]id.ID, error) {
	var out []id.ID
	for i, text := range texts {
		parsed, err := id.Parse(text)
		if err != nil {
			return nil, absent
		}
		if slices.Contains(out, parsed) {
			return nil, byStatus[http.StatusUnprocessableEntity].At(fmt.Sprintf("body.%s[%d]", member, i),
				"name each ID once", text)
		}
		out = append(out, parsed)
	}
	return out, nil
}

// PageQuery is the input of every list.
type PageQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"The maximum number of items on the page"`
	Cursor string `query:"cursor" maxLength:"2048" doc:"The next_cursor of the previous page"`
}

// Request returns the page request. list is the path of the list with its filters, as Path returns it. A cursor of
// another list becomes one that page.Decode rejects with page.ErrCursor.
func (q PageQuery) Request(list string) page.Request {
	if q.Cursor == "" {
		return page.Request{Limit: q.Limit}
	}
	position, ours := strings.CutPrefix(q.Cursor, seal(list))
	if !ours {
		position = foreign
	}
	return page.Request{Limit: q.Limit, Cursor: position}
}

const foreign = "!" // not base64

// seal returns the prefix of a list's cursors, which distinguishes them from those of other lists.
func seal(list string) string {
	sum := sha256.Sum256([]byte(list))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// List is the wire type of a page.
type List[T any] struct {
	Link string `header:"Link"`
	Body struct {
		Items      []T     `json:"items" nullable:"false"`
		NextCursor *string `json:"next_cursor" doc:"null on the last page"`
	}
}

// NewList returns the wire type of a page. list is the path of the list with its filters, the same that was passed to
// Request.
func NewList[T, U any](p page.Page[T], list string, dto func(T) U) *List[U] {
	out := &List[U]{}
	out.Body.Items = page.Map(p, dto).Items
	if p.Next != "" {
		cursor := seal(list) + p.Next
		out.Body.NextCursor = &cursor
	}
	return out
}

// NewWholeList returns the wire type of a list without pagination.
func NewWholeList[T, U any](items []T, dto func(T) U) *List[U] {
	return NewList(page.Page[T]{Items: items}, "", dto)
}

// FacetedList is a page of a list, with facets when the request asks for them.
type FacetedList[T, F any] struct {
	Link string `header:"Link"`
	Body struct {
		Items      []T     `json:"items" nullable:"false"`
		NextCursor *string `json:"next_cursor" doc:"null on the last page"`
		Facets     *F      `json:"facets,omitempty" doc:"With facets=true: counts of the items on all pages"`
	}
}

// NewFacetedList adds facets to a page; nil when the request does not ask for them.
func NewFacetedList[T, F any](l *List[T], facets *F) *FacetedList[T, F] {
	out := &FacetedList[T, F]{}
	out.Body.Items, out.Body.NextCursor, out.Body.Facets = l.Body.Items, l.Body.NextCursor, facets
	return out
}

func (l *List[T]) link(address *url.URL) { l.Link = nextLink(address, l.Body.NextCursor) }

func (l *FacetedList[T, F]) link(address *url.URL) { l.Link = nextLink(address, l.Body.NextCursor) }

// nextLink returns the Link header to the next page, with the query parameters of the current request.
func nextLink(address *url.URL, cursor *string) string {
	if cursor == nil {
		return ""
	}
	q := address.Query()
	q.Set("cursor", *cursor)
	return fmt.Sprintf(`<%s?%s>; rel="next"`, address.EscapedPath(), q.Encode())
}

// linked adds the Link header to the responses of lists.
func linked[I, O any](
	handler func(ctx context.Context, in *I) (*O, error),
) func(ctx context.Context, in *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return out, err
		}
		list, isList := any(out).(interface{ link(address *url.URL) })
		if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok && isList {
			list.link(x.address)
		}
		return out, nil
	}
}

// Path returns the path of a list with its non-empty filters in a canonical order, for Request and NewList.
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

// ErrIdempotencyKey is returned for a missing or malformed Idempotency-Key.
var ErrIdempotencyKey = fault.New(fault.Malformed, "idempotency-key-required",
	"send an Idempotency-Key header of 1 to 255 visible ASCII characters, a new one for each purchase, refund or "+
		"resolution and the same one for each retry of it")

// IdempotencyKey is the input of operations that take an idempotency key.
type IdempotencyKey struct {
	Key string `header:"Idempotency-Key" doc:"A new one for each purchase, refund or resolution; the same one for a retry"`
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

// Nullable is a member that is an object or null. Its schema says so, unlike that of a pointer.
type Nullable[T any] struct{ value *T }

// NullableOf returns the object that p points to, or null.
func NullableOf[T any](p *T) Nullable[T] { return Nullable[T]{p} }

// MarshalJSON implements json.Marshaler.
func (n Nullable[T]) MarshalJSON() ([]byte, error) { return json.Marshal(n.value) }

// Schema implements huma.SchemaProvider.
func (Nullable[T]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{r.Schema(reflect.TypeFor[T](), true, ""), {Type: "null"}}}
}
