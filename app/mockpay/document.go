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

// The webhooks in the document: Event with typed data and the signature.
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
	payoutEvent struct {
		event
		Type string `json:"type" required:"true" enum:"payout.paid,payout.failed"`
		Data Payout `json:"data" required:"true"`
	}
	feeEvent struct {
		event
		Type string `json:"type" required:"true" enum:"fee.created"`
		Data Fee    `json:"data" required:"true"`
	}
	event struct {
		Signature string    `header:"Mockpay-Signature" json:"-" required:"true" description:"t=<unix seconds>,v1=<HMAC>"`
		ID        string    `json:"id" required:"true" description:"The same for all deliveries of the event"`
		CreatedAt time.Time `json:"created_at" required:"true"`
	}
)

var webhooks = []struct {
	name, summary string
	event         any
}{
	{"payment_intent", "Receive the new status of an intent", intentEvent{}},
	{"refund", "Receive the new status of a refund", refundEvent{}},
	{"dispute", "Receive a new or decided dispute", disputeEvent{}},
	{"payout", "Receive a payout or its failure", payoutEvent{}},
	{"fee", "Receive a fee that is of no charge", feeEvent{}},
}

const keyScheme = "api_key"

// documentOf builds the OpenAPI document from the operations and the webhooks.
func documentOf(operations []operation, url string) ([]byte, error) {
	r := openapi31.NewReflector()
	r.JSONSchemaReflector().DefaultOptions = append(r.JSONSchemaReflector().DefaultOptions,
		jsonschema.StripDefinitionNamePrefix("Mockpay"), jsonschema.InterceptDefName(schemaName))
	r.Spec.Info.WithTitle("mockpay").WithVersion("1").
		WithDescription("A mock payment provider with programmable faults. Amounts are in minor units by ISO 4217.").
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
		{tagPayments, "Payments and refunds, for merchants"},
		{tagBuyer, "The confirmation of a payment, for buyers"},
		{tagScenarios, "Fault injection and the clock"},
		{tagDocument, "This document"},
		{"webhooks", "Events that mockpay sends to the merchant"},
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
	for _, status := range op.allFailures() {
		oc.AddRespStructure(Problem{}, openapi.WithHTTPStatus(status))
	}
	if op.public {
		withoutKey(oc)
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

// allFailures returns the statuses of errors, including those of the middleware.
func (op operation) allFailures() []int {
	out := op.failures
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
	oc.SetDescription("Sent to the webhook URL until the response is 2xx, possibly several times and out of order. " +
		"The signature's HMAC is the SHA-256 HMAC of t.body in hexadecimal, with the webhook secret as the key.")
	oc.AddReqStructure(event)
	oc.AddRespStructure(nil, openapi.WithHTTPStatus(http.StatusOK),
		func(cu *openapi.ContentUnit) { cu.Description = "Received" })
	withoutKey(oc)
	if err := r.AddWebhook(oc); err != nil {
		return err
	}
	requireBody(oc)
	return nil
}

// withoutKey documents that an operation is public.
func withoutKey(oc openapi.OperationContext) {
	if exposer, ok := oc.(openapi31.OperationExposer); ok {
		exposer.Operation().WithSecurity(map[string][]string{})
	}
}

// requireBody documents that the body is required.
func requireBody(oc openapi.OperationContext) {
	if exposer, ok := oc.(openapi31.OperationExposer); ok && exposer.Operation().RequestBody != nil {
		exposer.Operation().RequestBody.RequestBodyEns().WithRequired(true)
	}
}

// schemaName names the instances of Page after their items.
func schemaName(t reflect.Type, name string) string {
	switch t {
	case reflect.TypeFor[Page[Intent]]():
		return "IntentPage"
	case reflect.TypeFor[Page[Charge]]():
		return "ChargePage"
	case reflect.TypeFor[Page[Scenario]]():
		return "ScenarioPage"
	case reflect.TypeFor[Page[Transaction]]():
		return "TransactionPage"
	case reflect.TypeFor[Page[Payout]]():
		return "PayoutPage"
	case reflect.TypeFor[Page[Balance]]():
		return "BalancePage"
	}
	return name
}

func (s *Server) serveDocument(w http.ResponseWriter, _ *http.Request) {
	raw, err := s.document()
	if err != nil {
		respond(w, 0, nil, err)
		return
	}
	w.Header().Set("Content-Type", jsonType)
	w.Write(raw) //nolint:errcheck // the client has closed the connection
}

// document builds the document at the first call.
func (s *Server) document() ([]byte, error) {
	s.described.Do(func() { s.described.raw, s.described.err = documentOf(s.operations(), s.store.public) })
	return s.described.raw, s.described.err
}

type description struct {
	sync.Once
	raw []byte
	err error
}
