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

// API is where modules register their operations.
type API struct {
	huma.API
	auth     Authenticator
	answers  *Answers
	commons  Commons
	contract Contract
	codes    codes
	opened   map[string]bool // schemas of answers, by their references
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
		Name: "If-None-Match", In: "header", Description: "ETags of answers that the client has; 304 when this answer would be one of them",
		Schema: &huma.Schema{Type: "string"},
	}}
	adapter := humaecho.New(e, huma.Config{OpenAPI: &huma.OpenAPI{}}).Adapter()
	a := &API{
		API: huma.NewAPI(cfg, withHead{adapter}), auth: p.Auth, answers: p.Answers, commons: p.Commons, codes: newCodes(),
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

const introduction = `A game store without a storefront: accounts, a catalog, a cart, checkout, payment, invoices and a library.

- Every error is a problem document (RFC 9457) whose code tells a program what happened; [all codes](/docs/codes).
- Every answer names its request in X-Request-Id, and every address that takes GET takes HEAD.
- Objects in answers may grow: ignore members that you do not know. Objects in requests take what is documented and nothing else.
- Amounts are integers in minor units of their currency.`

// schemaName names a wire type once: bodies without a type of their own after their operation, AddCartItemRequest, the
// others after their Go type, Order.
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
		OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary,
		Description:   api.contract.Descriptions[op.ID],
		Tags:          []string{op.Tag},
		DefaultStatus: op.Status, MaxBodyBytes: maxBody, SkipValidateBody: op.RawBody,
		// Off: bodies.receive has read the body, and net/http reads from the connection while the handler runs. A deadline
		// that expires there cancels the request and makes its connection useless (golang/go#70834).
		BodyReadTimeout: -1,
	}
	h.Security = []map[string][]string{} // none, and said so
	if op.Access != Public {
		h.Security = []map[string][]string{{scheme: {}}}
		h.Middlewares = huma.Middlewares{api.guard(op.Access)}
	}
	if op.Remembered && op.Access == Public {
		api.answers.of(op.Path)
	}
	*api.naming = op.ID
	huma.Register(api.API, h, linked(forEachTag(handler)))
	leaveUniquenessToHandlers(api.OpenAPI().Components.Schemas)
	api.document(op, reflect.TypeFor[I]())
}

// leaveUniquenessToHandlers documents uniqueItems and keeps Huma from checking it: its check panics on items that are
// objects or arrays. UniqueIDs checks instead.
func leaveUniquenessToHandlers(schemas huma.Registry) {
	for _, schema := range schemas.Map() {
		for _, member := range schema.Properties {
			if member.UniqueItems {
				member.UniqueItems, member.Extensions = false, map[string]any{"uniqueItems": true}
			}
		}
	}
}

// Money is an amount on the wire.
type Money struct {
	Amount   int64  `json:"amount" doc:"In minor units of the currency by ISO 4217: 1999 is 19.99 USD, 1999 JPY or 1.999 KWD" example:"1999"`
	Currency string `json:"currency" doc:"ISO 4217; a withdrawn code is only in what is older" example:"USD" minLength:"3" maxLength:"3"`
}

// FromMoney returns m as it goes over the wire.
func FromMoney(m money.Money) Money { return Money{m.Amount(), string(m.Currency())} }

// MoneyInput is an amount in a request.
type MoneyInput struct {
	Amount   int64  `json:"amount" doc:"In minor units of the currency by ISO 4217: 1999 is 19.99 USD, 1999 JPY or 1.999 KWD" example:"1999"`
	Currency string `json:"currency" doc:"ISO 4217, in force" example:"USD" minLength:"3" maxLength:"3"`
}

// Money reads an amount from the wire. Its currency must be in force.
func (m MoneyInput) Money() (money.Money, error) { return money.New(m.Amount, m.Currency) }

// Restored reads an amount of something older, whose currency may have been withdrawn since.
func (m MoneyInput) Restored() (money.Money, error) { return money.Restore(m.Amount, m.Currency) }

// UniqueIDs reads the member of a body that lists IDs. An ID in it that is none makes it return absent, for it names
// nothing; one that is named twice, in capitals for example, is a violation.
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
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"How many items"`
	Cursor string `query:"cursor" maxLength:"2048" doc:"next_cursor of the page before"`
}

// Request returns the input in the words of package page. list is the list's path with its filters: a cursor that
// another list gave out is passed on as one that no list reads.
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

const foreign = "!" // is no base64

// seal tells the cursors of one list from those of others.
func seal(list string) string {
	sum := sha256.Sum256([]byte(list))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// List is one page of a list on the wire.
type List[T any] struct {
	Link string `header:"Link"`
	Body struct {
		Items      []T     `json:"items" nullable:"false"`
		NextCursor *string `json:"next_cursor" doc:"null on the last page"`
	}
}

// NewList puts a page on the wire. list is the list's path with its filters but without a cursor, the same that Request
// was given.
func NewList[T, U any](p page.Page[T], list string, dto func(T) U) *List[U] {
	out := &List[U]{}
	out.Body.Items = page.Map(p, dto).Items
	if p.Next != "" {
		cursor := seal(list) + p.Next
		out.Body.NextCursor = &cursor
	}
	return out
}

// NewWholeList puts a list on the wire that is one page.
func NewWholeList[T, U any](items []T, dto func(T) U) *List[U] {
	return NewList(page.Page[T]{Items: items}, "", dto)
}

// FacetedList is a page of a list, with facets when they are asked for.
type FacetedList[T, F any] struct {
	Link string `header:"Link"`
	Body struct {
		Items      []T     `json:"items" nullable:"false"`
		NextCursor *string `json:"next_cursor" doc:"null on the last page"`
		Facets     *F      `json:"facets,omitempty" doc:"With facets=true: counts of what is on all pages"`
	}
}

// NewFacetedList adds facets to a page; nil when they are not asked for.
func NewFacetedList[T, F any](l *List[T], facets *F) *FacetedList[T, F] {
	out := &FacetedList[T, F]{}
	out.Body.Items, out.Body.NextCursor, out.Body.Facets = l.Body.Items, l.Body.NextCursor, facets
	return out
}

func (l *List[T]) link(address *url.URL) { l.Link = nextLink(address, l.Body.NextCursor) }

func (l *FacetedList[T, F]) link(address *url.URL) { l.Link = nextLink(address, l.Body.NextCursor) }

// nextLink points at the next page with the parameters of this one.
func nextLink(address *url.URL, cursor *string) string {
	if cursor == nil {
		return ""
	}
	q := address.Query()
	q.Set("cursor", *cursor)
	return fmt.Sprintf(`<%s?%s>; rel="next"`, address.EscapedPath(), q.Encode())
}

// linked has a list's page link to the next one.
func linked[I, O any](handler func(ctx context.Context, in *I) (*O,
	error),
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

// ErrIdempotencyKey is returned when the key is missing or cannot be one.
var ErrIdempotencyKey = fault.New(fault.Malformed, "idempotency-key-required",
	"send an Idempotency-Key header of 1 to 255 visible ASCII characters, a new one for each purchase, refund or resolution and the same one for each retry of it")

// IdempotencyKey is the input of calls that must have no second effect.
type IdempotencyKey struct {
	Key string `header:"Idempotency-Key" doc:"A new one for each purchase, refund or resolution; the same one for each retry of it"`
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
