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

// Contract is what modules say of their operations for the API's document, by operation ID.
type Contract struct {
	// Descriptions say in Markdown when operations are for, their effects, and what to do next.
	Descriptions map[string]string
	// Faults are the errors that operations answer with, but for those that Commons has.
	Faults map[string][]*fault.Error
	// Examples are bodies that work when they are sent to a store with the sample catalog.
	Examples map[string]any
	// IDs are the examples of the ID in the path.
	IDs map[string]string
	// Details are structs of the members that a problem document has beside the standard ones, by the problem's code.
	Details map[string]any
	// Tags describe the groups of operations, by their names.
	Tags map[string]string
}

// Describe adds what a module says of operations that it registers later.
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

// Commons are the faults that come from below all modules.
type Commons struct {
	Any      []*fault.Error // of every operation
	Writes   []*fault.Error // of those that change something
	SignedIn []*fault.Error // of those that need an access token
}

// faultsOf are all the errors that an operation answers with.
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

// document completes what Huma wrote of an operation.
func (a *API) document(op Op, in reflect.Type) {
	o := operationOf(a.OpenAPI().Paths[op.Path], op)
	delete(o.Responses, "default")
	for _, status := range op.Also {
		answer := *o.Responses[strconv.Itoa(op.Status)]
		answer.Description = http.StatusText(status)
		o.Responses[strconv.Itoa(status)] = &answer
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

// Takes documents the body of an operation that reads its bytes itself.
func Takes[T any](api *API, op Op) {
	content := api.OpenAPI().Paths[op.Path].Post.RequestBody.Content["application/json"]
	content.Schema = api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
}

// TakesHeader documents a header that an operation's handler reads itself, because its name is known only at run time.
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

// open lets the objects of an answer grow: clients ignore members that they do not know.
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

// documentRead adds the conditional read.
func (a *API) documentRead(o *huma.Operation, op Op) {
	success := o.Responses[strconv.Itoa(op.Status)]
	if _, table := success.Content[CSV]; table {
		return
	}
	if success.Headers == nil {
		success.Headers = map[string]*huma.Param{}
	}
	success.Headers[headerETag] = &huma.Param{Description: "Send it as If-None-Match: 304 is answered while the body has not changed", Schema: &huma.Schema{Type: "string"}}
	o.Parameters = append(o.Parameters, &huma.Param{Ref: "#/components/parameters/IfNoneMatch"})
	o.Responses["304"] = &huma.Response{Description: "Not modified: the body is the one with an ETag of If-None-Match"}
}

// documentParameter says of a parameter what only its handler checks, and shows an example.
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

// documentProblems adds a response for each status with the codes that tell its faults apart.
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

// shareProblems describes once what many operations answer alike.
func (a *API) shareProblems() {
	responses := map[string]*huma.Response{}
	share := func(name string, faults ...*fault.Error) {
		responses[name] = a.problemResponse(statusFor(faults[0]), faults)
	}
	passing := append([]*fault.Error{errTimeout, fault.ErrOverloaded},
		withStatus(a.commons.Any, http.StatusServiceUnavailable)...)
	share("Internal", errInternal)
	share("Unavailable", passing...)
	share("UnavailableAfterWrite", append(passing, withStatus(a.commons.Writes, http.StatusServiceUnavailable)...)...)
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

// statusFor is the HTTP status of a fault.
func statusFor(f *fault.Error) int {
	for status, own := range byStatus {
		if own == f {
			return status
		}
	}
	return statusOf[f.Kind]
}

// problemResponse describes the problem documents of one status.
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
		return strings.Compare(x.(string), y.(string))
	}) //nolint:forcetypeassert // strings were put in
	own.Properties["code"] = &huma.Schema{Type: "string", Enum: codes}
	if status == http.StatusUnauthorized {
		out.Headers["WWW-Authenticate"] = &huma.Param{Description: `Says error="invalid_token" when a token was sent that is not or no longer valid`, Schema: &huma.Schema{Type: "string"}}
	}
	registry := a.OpenAPI().Components.Schemas
	schema := &huma.Schema{AllOf: []*huma.Schema{registry.Schema(reflect.TypeFor[Problem](), true, ""), own}}
	a.open(schema)
	out.Content = map[string]*huma.MediaType{problemType: {Schema: schema}}
	return out
}

// details are the properties of a struct that a module gave for a code.
func (a *API) details(of any) map[string]*huma.Schema {
	s := huma.SchemaFromType(a.OpenAPI().Components.Schemas, reflect.TypeOf(of))
	a.open(s)
	return s.Properties
}

// Code is one row of the table of codes.
type Code struct {
	Code       string
	Statuses   []int
	Meanings   []string
	Operations []string // their IDs
}

// codes is the table of all codes.
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

// newCodes are the codes of requests that reach no operation.
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

// Codes returns every code that the API answers with, sorted.
func (a *API) Codes() []Code {
	var out []Code
	for _, code := range slices.Sorted(maps.Keys(a.codes)) {
		out = append(out, *a.codes[code])
	}
	return out
}
