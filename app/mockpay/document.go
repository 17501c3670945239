package mockpay

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/swaggest/jsonschema-go"
	"github.com/swaggest/openapi-go"
	"github.com/swaggest/openapi-go/openapi31"
)

// The webhooks, for the document: Event with its data typed, and its signature.
type (
	intentEvent struct {
		event
		Type string `json:"type" required:"true" enum:"payment_intent.processing,payment_intent.requires_action,payment_intent.requires_capture,payment_intent.succeeded,payment_intent.failed,payment_intent.canceled"`
		Data Intent `json:"data" required:"true"`
	}
	refundEvent struct {
		event
		Type string `json:"type" required:"true" enum:"refund.pending,refund.succeeded,refund.failed"`
		Data Refund `json:"data" required:"true"`
	}
	disputeEvent struct {
		event
		Type string  `json:"type" required:"true" enum:"dispute.opened,dispute.won,dispute.lost"`
		Data Dispute `json:"data" required:"true"`
	}
	event struct {
		Signature string    `header:"Mockpay-Signature" json:"-" required:"true" description:"t=<unix seconds>,v1=<HMAC-SHA256 of t.body in hex, with the webhook secret>"`
		ID        string    `json:"id" required:"true" description:"The same for every delivery of the event"`
		CreatedAt time.Time `json:"created_at" required:"true"`
	}
)

var webhooks = []struct {
	name, summary string
	event         any
}{
	{"payment_intent", "An intent changed its status", intentEvent{}},
	{"refund", "A refund changed its status", refundEvent{}},
	{"dispute", "A dispute was opened or decided", disputeEvent{}},
}

const keyScheme = "api_key"

// documentOf builds the OpenAPI document from the operations and the webhooks.
func documentOf(operations []operation, url string) ([]byte, error) {
	r := openapi31.NewReflector()
	r.JSONSchemaReflector().DefaultOptions = append(r.JSONSchemaReflector().DefaultOptions,
		jsonschema.StripDefinitionNamePrefix("Mockpay"), jsonschema.InterceptDefName(schemaName))
	r.Spec.Info.WithTitle("mockpay").WithVersion("1").
		WithDescription("A mock payment provider that misbehaves on command. Amounts are minor units as ISO 4217 defines them.").
		WithLicense(*(&openapi31.License{}).WithName("MIT").WithIdentifier("MIT"))
	r.Spec.WithServers(*(&openapi31.Server{}).WithURL(url))
	r.Spec.WithTags(tags()...)
	r.Spec.SetHTTPBearerTokenSecurity(keyScheme, "", "mockpay's API key")
	for _, op := range operations {
		if err := describe(r, op); err != nil {
			return nil, fmt.Errorf("describe %s: %w", op.id, err)
		}
	}
	for _, w := range webhooks {
		if err := describeWebhook(r, w.name, w.summary, w.event); err != nil {
			return nil, fmt.Errorf("describe webhook %s: %w", w.name, err)
		}
	}
	return json.MarshalIndent(r.Spec, "", "  ")
}

func tags() (out []openapi31.Tag) {
	for _, tag := range [][2]string{
		{tagPayments, "What a merchant does"},
		{tagBuyer, "What a buyer does"},
		{tagScenarios, "What goes wrong, and when"},
		{tagDocument, "This document"},
		{"webhooks", "What mockpay sends to the merchant"},
	} {
		out = append(out, *(&openapi31.Tag{}).WithName(tag[0]).WithDescription(tag[1]))
	}
	return out
}

func describe(r *openapi31.Reflector, op operation) error {
	oc, err := r.NewOperationContext(op.method, op.path)
	if err != nil {
		return err
	}
	oc.SetID(op.id)
	oc.SetTags(op.tag)
	oc.SetSummary(op.summary)
	oc.SetDescription(op.description)
	for _, input := range op.inputs {
		oc.AddReqStructure(input)
	}
	_, page := op.output.(htmlPage)
	if page {
		oc.AddRespStructure(new(string), openapi.WithHTTPStatus(op.status), openapi.WithContentType("text/html"))
	} else {
		oc.AddRespStructure(op.output, openapi.WithHTTPStatus(op.status))
	}
	for _, status := range op.allRefusals() {
		oc.AddRespStructure(Problem{}, openapi.WithHTTPStatus(status))
	}
	if op.public {
		noKey(oc)
	} else {
		oc.AddSecurity(keyScheme)
	}
	if err := r.AddOperation(oc); err != nil {
		return err
	}
	if !op.optional {
		requireBody(oc)
	}
	return nil
}

// allRefusals adds those of the middleware.
func (op operation) allRefusals() []int {
	out := op.refusals
	if !op.public {
		out = append(out, http.StatusUnauthorized)
		if op.method != http.MethodGet {
			out = append(out, http.StatusForbidden)
		}
	}
	if op.json {
		out = append(out, http.StatusUnsupportedMediaType)
	}
	return out
}

func describeWebhook(r *openapi31.Reflector, name, summary string, event any) error {
	oc, err := r.NewOperationContext(http.MethodPost, name)
	if err != nil {
		return err
	}
	oc.SetID("receive-" + strings.ReplaceAll(name, "_", "-"))
	oc.SetTags("webhooks")
	oc.SetSummary(summary)
	oc.SetDescription("Sent to the webhook URL until it is answered 2xx, so perhaps more than once and not in order.")
	oc.AddReqStructure(event)
	oc.AddRespStructure(nil, openapi.WithHTTPStatus(http.StatusOK),
		func(cu *openapi.ContentUnit) { cu.Description = "Received" })
	noKey(oc)
	if err := r.AddWebhook(oc); err != nil {
		return err
	}
	requireBody(oc)
	return nil
}

// noKey marks an operation as public.
func noKey(oc openapi.OperationContext) {
	if exposer, ok := oc.(openapi31.OperationExposer); ok {
		exposer.Operation().WithSecurity(map[string][]string{})
	}
}

// requireBody says that an operation cannot do without its body.
func requireBody(oc openapi.OperationContext) {
	if exposer, ok := oc.(openapi31.OperationExposer); ok && exposer.Operation().RequestBody != nil {
		exposer.Operation().RequestBody.RequestBodyEns().WithRequired(true)
	}
}

// schemaName names the instances of Page after what they hold.
func schemaName(t reflect.Type, name string) string {
	switch t {
	case reflect.TypeFor[Page[Intent]]():
		return "IntentPage"
	case reflect.TypeFor[Page[Charge]]():
		return "ChargePage"
	case reflect.TypeFor[Page[Scenario]]():
		return "ScenarioPage"
	}
	return name
}

func (s *Server) serveDocument(w http.ResponseWriter, _ *http.Request) {
	raw, err := s.document()
	if err != nil {
		answer(w, 0, nil, err)
		return
	}
	w.Header().Set("Content-Type", jsonType)
	w.Write(raw) //nolint:errcheck // the client has gone
}

// document builds the document once, when it is first asked for.
func (s *Server) document() ([]byte, error) {
	s.described.Do(func() { s.described.raw, s.described.err = documentOf(s.operations(), s.store.public) })
	return s.described.raw, s.described.err
}

type description struct {
	sync.Once
	raw []byte
	err error
}
