package mockpay

import (
	"net/http"
	"slices"
)

// operation is one call of the API: what serves it, and what the OpenAPI document says of it.
type operation struct {
	method, path string
	id, tag      string
	summary      string
	description  string
	public       bool  // needs no API key
	json         bool  // takes a JSON body alone
	inputs       []any // parameters and body, as tags tell: one for each media type
	optional     bool  // the body may be left out
	output       any
	status       int
	refusals     []int
	handler      http.HandlerFunc
}

const (
	tagPayments  = "payments"
	tagBuyer     = "buyer"
	tagScenarios = "scenarios"
	tagDocument  = "document"
)

func (s *Server) operations() []operation {
	return slices.Concat(s.paymentOperations(), s.refundOperations(), s.buyerOperations(), s.controlOperations())
}

func (s *Server) paymentOperations() []operation {
	const intents, intent = "/v1/payment_intents", "/v1/payment_intents/{id}"
	return []operation{
		{
			method: http.MethodPost, path: intents, id: "create-payment-intent", tag: tagPayments,
			summary: "Take a payment", json: true,
			description: "Makes an attempt to take money. The same Idempotency-Key and body return the same intent.",
			inputs:      []any{createInput{}}, output: Intent{}, status: http.StatusCreated, handler: s.createIntent,
			refusals: []int{
				http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity,
				http.StatusInternalServerError,
			},
		},
		{
			method: http.MethodGet, path: intents, id: "list-payment-intents", tag: tagPayments,
			summary:     "List the intents of a reference",
			description: "Returns all intents of one reference in the order of their creation.",
			inputs:      []any{referenceInput{}}, output: Page[Intent]{}, status: http.StatusOK, handler: s.listIntents,
		},
		{
			method: http.MethodGet, path: intent, id: "get-payment-intent", tag: tagPayments, summary: "Get an intent",
			description: "Returns the intent as it stands now.",
			inputs:      []any{idInput{}}, output: Intent{}, status: http.StatusOK, handler: s.getIntent,
			refusals: []int{http.StatusNotFound},
		},
		{
			method: http.MethodPost, path: intent + "/confirm", id: "confirm-payment-intent", tag: tagPayments,
			summary: "Confirm an intent for its buyer", json: true, optional: true,
			description: "Does what the buyer does on the page of next_action. Without a body the result is a success.",
			inputs:      []any{confirmInput{}}, output: Intent{}, status: http.StatusOK, handler: s.confirmIntent,
			refusals: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict},
		},
		{
			method: http.MethodPost, path: intent + "/capture", id: "capture-payment-intent", tag: tagPayments,
			summary: "Capture an intent", json: true,
			description: "Takes the money of an intent with capture_method manual.",
			inputs:      []any{idInput{}}, output: Intent{}, status: http.StatusOK, handler: s.changeIntent(capture),
			refusals: []int{http.StatusNotFound, http.StatusConflict},
		},
		{
			method: http.MethodPost, path: intent + "/cancel", id: "cancel-payment-intent", tag: tagPayments,
			summary: "Cancel an intent", json: true,
			description: "Ends an intent that has taken no money.",
			inputs:      []any{idInput{}}, output: Intent{}, status: http.StatusOK, handler: s.changeIntent(cancel),
			refusals: []int{http.StatusNotFound, http.StatusConflict},
		},
	}
}

func (s *Server) refundOperations() []operation {
	return []operation{
		{
			method: http.MethodPost, path: "/v1/refunds", id: "create-refund", tag: tagPayments,
			summary: "Refund an intent", json: true,
			description: "Returns captured money to the buyer. The same Idempotency-Key and body return the same refund.",
			inputs:      []any{refundInput{}}, output: Refund{}, status: http.StatusCreated, handler: s.createRefund,
			refusals: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity},
		},
		{
			method: http.MethodGet, path: "/v1/refunds/{id}", id: "get-refund", tag: tagPayments, summary: "Get a refund",
			description: "Returns the refund as it stands now.",
			inputs:      []any{idInput{}}, output: Refund{}, status: http.StatusOK, handler: s.getRefund,
			refusals: []int{http.StatusNotFound},
		},
		{
			method: http.MethodGet, path: "/v1/charges", id: "list-charges", tag: tagPayments, summary: "List charges",
			description: "Returns the charges of a reference, or page by page those of a period.",
			inputs:      []any{chargesInput{}}, output: Page[Charge]{}, status: http.StatusOK, handler: s.listCharges,
			refusals: []int{http.StatusBadRequest},
		},
	}
}

// buyerOperations are what buyers call. They hold no key: the intent's ID, which nobody can guess, lets them in.
func (s *Server) buyerOperations() []operation {
	const page = "/v1/payment_intents/{id}/next_action"
	return []operation{
		{
			method: http.MethodGet, path: page, id: "show-next-action", tag: tagBuyer,
			summary: "Show the page of a payment", public: true,
			description: "The page on which the buyer confirms a payment in status requires_action. It cannot be framed.",
			inputs:      []any{idInput{}}, output: htmlPage(""), status: http.StatusOK, handler: s.actionPage,
			refusals: []int{http.StatusNotFound},
		},
		{
			method: http.MethodPost, path: page, id: "perform-next-action", tag: tagBuyer,
			summary: "Confirm or refuse a payment", public: true,
			description: "What the buttons of the page send as a form, which is answered with the page. Programs send JSON.",
			inputs:      []any{resultInput{}, resultForm{}}, output: Intent{}, status: http.StatusOK, handler: s.nextAction,
			refusals: []int{
				http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusConflict,
				http.StatusUnsupportedMediaType,
			},
		},
		{
			method: http.MethodGet, path: "/openapi.json", id: "get-openapi", tag: tagDocument,
			summary: "Get this document", public: true,
			description: "The OpenAPI 3.1 document of this API, with the webhooks that mockpay sends.",
			output:      map[string]any{}, status: http.StatusOK, handler: s.serveDocument,
		},
	}
}

func (s *Server) controlOperations() []operation {
	return []operation{
		{
			method: http.MethodPost, path: "/_scenarios", id: "arm-scenario", tag: tagScenarios,
			summary: "Arm a scenario", json: true,
			description: "Lets something go wrong for the next intents, or for those of a reference.",
			inputs:      []any{scenarioInput{}}, output: Scenario{}, status: http.StatusCreated, handler: s.armScenario,
			refusals: []int{http.StatusBadRequest, http.StatusConflict},
		},
		{
			method: http.MethodGet, path: "/_scenarios", id: "list-scenarios", tag: tagScenarios, summary: "List scenarios",
			description: "Returns every scenario with the intents that it was used for.",
			output:      Page[Scenario]{}, status: http.StatusOK, handler: s.listScenarios,
		},
		{
			method: http.MethodDelete, path: "/_scenarios", id: "disarm-scenarios", tag: tagScenarios,
			summary:     "Disarm every scenario",
			description: "Removes every scenario and returns the empty list.",
			output:      Page[Scenario]{}, status: http.StatusOK, handler: s.disarmScenarios,
		},
		{
			method: http.MethodPost, path: "/_clock/advance", id: "advance-clock", tag: tagScenarios,
			summary: "Advance mockpay's clock", json: true,
			description: "Moves the clock forward, and with it everything that waits for its time.",
			inputs:      []any{advanceRequest{}}, output: clockReading{}, status: http.StatusOK, handler: s.advanceClock,
			refusals: []int{http.StatusBadRequest},
		},
	}
}

// The inputs, for the document.
type (
	idInput struct {
		ID string `path:"id" description:"The ID of the object"`
	}
	referenceInput struct {
		Reference string `query:"reference" description:"What the merchant calls the payment: an order's ID"`
	}
	keyInput struct {
		Key string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"255" description:"The same key and body return the same object"`
	}
	createInput struct {
		keyInput
		createRequest
	}
	refundInput struct {
		keyInput
		refundRequest
	}
	confirmInput struct {
		idInput
		Result string `json:"result" enum:"success,failure"`
	}
	resultInput struct {
		idInput
		resultRequest
	}
	resultForm struct {
		Result string `formData:"result" required:"true" enum:"success,failure"`
	}
	chargesInput struct {
		Reference string `query:"reference" description:"An order's ID; the other parameters are then not used"`
		From      string `query:"created_from" format:"date-time" description:"Charges made at this time or later"`
		To        string `query:"created_to" format:"date-time" description:"Charges made before this time"`
		Cursor    string `query:"cursor" description:"The next_cursor of the page before"`
	}
)

// htmlPage marks an answer that is a page.
type htmlPage string
