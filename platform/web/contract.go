package web

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"coinslot/platform/fault"
	"coinslot/platform/page"

	"github.com/danielgtaylor/huma/v2"
)

// Contract documents a module's operations in the OpenAPI document. Its maps are keyed by operation ID, except
// Details and Tags.
type Contract struct {
	// Descriptions say in Markdown when to use operations, their effects, and what to do next.
	Descriptions map[string]string
	// Faults are the errors that operations return, without those of Commons.
	Faults map[string][]*fault.Error
	// Examples are bodies that are valid for a store with the sample catalog.
	Examples map[string]any
	// IDs are examples of the ID in the path.
	IDs map[string]string
	// Details are structs with the additional members of problem documents, by the problem's code.
	Details map[string]any
	// Tags describe the groups of operations, by their names.
	Tags map[string]string
}

// Describe documents operations. It must be called before they are registered.
func (a *API) Describe(c Contract) {
	maps.Copy(a.contract.Descriptions, c.Descriptions)
	maps.Copy(a.contract.Faults, c.Faults)
	maps.Copy(a.contract.Examples, c.Examples)
	maps.Copy(a.contract.IDs, c.IDs)
	maps.Copy(a.contract.Details, c.Details)
	for _, name := range slices.Sorted(maps.Keys(c.Tags)) {
		a.OpenAPI().Tags = append(a.OpenAPI().Tags, &huma.Tag{Name: name, Description: c.Tags[name]})
	}
}

// Commons are the faults of the infrastructure that all modules use.
type Commons struct {
	Any      []*fault.Error // of every operation
	Writes   []*fault.Error // of every operation whose method is not GET
	SignedIn []*fault.Error // of every operation that requires an access token
}

// faultsOf returns all faults that an operation may return.
func (a *API) faultsOf(op Op, in reflect.Type) []*fault.Error {
	out := append([]*fault.Error{
		byStatus[http.StatusBadRequest], byStatus[http.StatusUnprocessableEntity], errInternal,
		errTimeout, fault.ErrOverloaded,
	}, a.commons.Any...)
	if op.Method != http.MethodGet {
		out = append(out, a.commons.Writes...)
	}
	if op.Access != Public {
		out = append(append(out, ErrNoToken), a.commons.SignedIn...)
	}
	if op.Access == Staff {
		out = append(out, ErrForbidden)
	}
	for field, faults := range map[string][]*fault.Error{
		"Body": {
			byStatus[http.StatusRequestTimeout], byStatus[http.StatusRequestEntityTooLarge],
			byStatus[http.StatusUnsupportedMediaType],
		},
		"RawBody": {byStatus[http.StatusRequestTimeout], byStatus[http.StatusRequestEntityTooLarge]},
		"Cursor":  {page.ErrCursor},
		"IfMatch": {ErrIfMatch},
		"Key":     {ErrIdempotencyKey},
	} {
		if _, has := in.FieldByName(field); has {
			out = append(out, faults...)
		}
	}
	return append(out, a.contract.Faults[op.ID]...)
}

// document completes Huma's description of an operation.
func (a *API) document(op Op, in reflect.Type) {
	o := operationOf(a.OpenAPI().Paths[op.Path], op)
	delete(o.Responses, "default")
	for _, status := range op.Also {
		response := *o.Responses[strconv.Itoa(op.Status)]
		response.Description = http.StatusText(status)
		o.Responses[strconv.Itoa(status)] = &response
	}
	for _, status := range op.Empty {
		o.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status)}
	}
	for _, response := range o.Responses {
		for _, content := range response.Content {
			a.open(content.Schema)
		}
	}
	if op.Method == http.MethodGet {
		a.documentRead(o, op)
	}
	a.documentProblems(o, a.faultsOf(op, in))
	for _, p := range o.Parameters {
		if example := a.contract.IDs[op.ID]; example != "" && p.In == "path" && p.Name == "id" {
			p.Example = example
		}
		documentParameter(p)
	}
	if example := a.contract.Examples[op.ID]; example != nil {
		o.RequestBody.Content["application/json"].Example = example
	}
}

// Takes documents T as the body of a POST operation with RawBody.
func Takes[T any](api *API, op Op) {
	content := api.OpenAPI().Paths[op.Path].Post.RequestBody.Content["application/json"]
	content.Schema = api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
}

// TakesHeader documents a header whose name is known at run time only.
func TakesHeader(api *API, op Op, name, doc string) {
	o := operationOf(api.OpenAPI().Paths[op.Path], op)
	o.Parameters = append(o.Parameters, &huma.Param{
		Name: name, In: "header", Description: doc, Schema: &huma.Schema{Type: "string", Description: doc},
	})
}

func operationOf(path *huma.PathItem, op Op) *huma.Operation {
	return map[string]*huma.Operation{
		http.MethodGet: path.Get, http.MethodPost: path.Post, http.MethodPut: path.Put, http.MethodPatch: path.Patch,
		http.MethodDelete: path.Delete,
	}[op.Method]
}

// open allows additional members in the objects of a response, so that a later version can add members.
func (a *API) open(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Ref != "" {
		named := a.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
		if named == nil || a.opened[s.Ref] {
			return
		}
		a.opened[s.Ref], s = true, named
	}
	if s.AdditionalProperties == false {
		s.AdditionalProperties = nil
	}
	a.open(s.Items)
	for _, property := range s.Properties {
		a.open(property)
	}
	for _, list := range [][]*huma.Schema{s.OneOf, s.AnyOf, s.AllOf} {
		for _, each := range list {
			a.open(each)
		}
	}
}

// documentRead documents ETag, If-None-Match and 304.
func (a *API) documentRead(o *huma.Operation, op Op) {
	success := o.Responses[strconv.Itoa(op.Status)]
	if _, table := success.Content[CSV]; table {
		return
	}
	if success.Headers == nil {
		success.Headers = map[string]*huma.Param{}
	}
	success.Headers[headerETag] = &huma.Param{
		Description: "Send it as If-None-Match: 304 is returned while the body has not changed",
		Schema:      &huma.Schema{Type: "string"},
	}
	o.Parameters = append(o.Parameters, &huma.Param{Ref: "#/components/parameters/IfNoneMatch"})
	o.Responses["304"] = &huma.Response{Description: "Not modified: the ETag of the body is in If-None-Match"}
}

// documentParameter adds the constraints of Idempotency-Key, which its handler checks, and the examples of parameters.
func documentParameter(p *huma.Param) {
	if p.Schema == nil {
		return
	}
	if p.Name == headerKey {
		s := *p.Schema
		shortest, longest := 1, 255
		s.MinLength, s.MaxLength, s.Pattern, s.Examples = &shortest, &longest, "^[!-~]+$", []any{sampleKey}
		p.Schema, p.Required = &s, true
	}
	if p.Example == nil && len(p.Schema.Examples) > 0 {
		p.Example = p.Schema.Examples[0]
	}
}

// documentProblems adds a response for each status, with the codes of its faults.
func (a *API) documentProblems(o *huma.Operation, faults []*fault.Error) {
	byStatus := map[int][]*fault.Error{}
	for _, f := range faults {
		status := statusFor(f)
		byStatus[status] = append(byStatus[status], f)
		a.codes.add(f, status, o.OperationID)
	}
	for status, group := range byStatus {
		response := a.problemResponse(status, group)
		for name, shared := range a.OpenAPI().Components.Responses {
			if reflect.DeepEqual(shared, response) {
				response = &huma.Response{Ref: "#/components/responses/" + name}
				break
			}
		}
		o.Responses[strconv.Itoa(status)] = response
	}
}

// shareProblems defines the responses that many operations have in common.
func (a *API) shareProblems() {
	responses := map[string]*huma.Response{}
	share := func(name string, faults ...*fault.Error) {
		responses[name] = a.problemResponse(statusFor(faults[0]), faults)
	}
	unavailable := append([]*fault.Error{errTimeout, fault.ErrOverloaded},
		withStatus(a.commons.Any, http.StatusServiceUnavailable)...)
	share("Internal", errInternal)
	share("Unavailable", unavailable...)
	share("UnavailableAfterWrite",
		append(unavailable, withStatus(a.commons.Writes, http.StatusServiceUnavailable)...)...)
	share("Unauthenticated", append([]*fault.Error{ErrNoToken}, a.commons.SignedIn...)...)
	share("StaffOnly", ErrForbidden)
	share("Malformed", byStatus[http.StatusBadRequest])
	share("MalformedPage", byStatus[http.StatusBadRequest], page.ErrCursor)
	share("Invalid", append([]*fault.Error{byStatus[http.StatusUnprocessableEntity]},
		withStatus(a.commons.Any, http.StatusUnprocessableEntity)...)...)
	share("SlowBody", byStatus[http.StatusRequestTimeout])
	share("LargeBody", byStatus[http.StatusRequestEntityTooLarge])
	share("UnsupportedMediaType", byStatus[http.StatusUnsupportedMediaType])
	a.OpenAPI().Components.Responses = responses
}

func withStatus(faults []*fault.Error, status int) (out []*fault.Error) {
	for _, f := range faults {
		if statusFor(f) == status {
			out = append(out, f)
		}
	}
	return out
}

// statusFor returns the HTTP status of a fault.
func statusFor(f *fault.Error) int {
	for status, own := range byStatus {
		if own == f {
			return status
		}
	}
	return statusOf[f.Kind]
}

// problemResponse returns the response with the problem documents of one status.
func (a *API) problemResponse(status int, faults []*fault.Error) *huma.Response {
	var codes []any
	own := &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{}, Required: []string{"code"}}
	out := &huma.Response{Description: http.StatusText(status), Headers: map[string]*huma.Param{}}
	for _, f := range faults {
		if !slices.Contains(codes, any(f.Code)) {
			codes = append(codes, f.Code)
		}
		if f.RetryAfter > 0 || f.Kind == fault.RateLimited {
			out.Headers["Retry-After"] = &huma.Param{
				Description: "Seconds until the same request may succeed",
				Schema:      &huma.Schema{Type: "integer", Format: "int32"},
			}
		}
		if details := a.contract.Details[f.Code]; details != nil {
			maps.Copy(own.Properties, a.details(details))
		}
	}
	slices.SortFunc(codes, func(x, y any) int {
		return strings.Compare(x.(string), y.(string)) //nolint:forcetypeassert // all codes are strings
	})
	own.Properties["code"] = &huma.Schema{Type: "string", Enum: codes}
	if status == http.StatusUnauthorized {
		out.Headers["WWW-Authenticate"] = &huma.Param{
			Description: `Has error="invalid_token" when the request had an invalid or expired token`,
			Schema:      &huma.Schema{Type: "string"},
		}
	}
	registry := a.OpenAPI().Components.Schemas
	schema := &huma.Schema{AllOf: []*huma.Schema{registry.Schema(reflect.TypeFor[Problem](), true, ""), own}}
	a.open(schema)
	out.Content = map[string]*huma.MediaType{problemType: {Schema: schema}}
	return out
}

// details returns the properties of a struct in Contract.Details.
func (a *API) details(of any) map[string]*huma.Schema {
	s := huma.SchemaFromType(a.OpenAPI().Components.Schemas, reflect.TypeOf(of))
	a.open(s)
	return s.Properties
}

// Code is an error code of the API.
type Code struct {
	Code       string
	Statuses   []int
	Meanings   []string
	Operations []string // the IDs of the operations that return it; empty when any request may
}

// codes has all error codes, by code.
type codes map[string]*Code

func (c codes) add(f *fault.Error, status int, operation string) {
	row := c[f.Code]
	if row == nil {
		row = &Code{Code: f.Code}
		c[f.Code] = row
	}
	row.Statuses = with(row.Statuses, status)
	row.Meanings = with(row.Meanings, f.Message)
	row.Operations = with(row.Operations, operation)
}

func with[T comparable](list []T, item T) []T {
	if slices.Contains(list, item) {
		return list
	}
	return append(list, item)
}

// newCodes returns the codes of requests that do not reach an operation.
func newCodes() codes {
	out := codes{}
	for _, faults := range []map[int]*fault.Error{byStatus, unparsed} {
		for status, f := range faults {
			out.add(f, status, "")
			out[f.Code].Operations = nil
		}
	}
	return out
}

// Codes returns every error code of the API, sorted.
func (a *API) Codes() []Code {
	var out []Code
	for _, code := range slices.Sorted(maps.Keys(a.codes)) {
		out = append(out, *a.codes[code])
	}
	return out
}
