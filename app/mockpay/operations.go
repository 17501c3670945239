package mockpay

import (
	"net/http"
	"slices"
)

// operation is an operation of the API, with its handler and its documentation.
type operation struct {
	method, path string
	id, tag      string
	summary      string
	description  string
	public       bool  // requires no API key
	json         bool  // accepts JSON bodies only
	inputs       []any // structs with the parameters and the body, one for each media type
	optional     bool  // the body is optional
	output       any
	status       int
	failures     []int
	handler      http.HandlerFunc
}

const (
	tagPayments  = "payments"
	tagBuyer     = "buyer"
	tagScenarios = "scenarios"
	tagDocument  = "document"
)

func (s *Server) operations() []operation {
	return slices.Concat(s.paymentOperations(), s.refundOperations(), s.balanceOperations(), s.buyerOperations(),
		s.controlOperations(), s.payoutControls())
}

func (s *Server) paymentOperations() []operation {
	const intents, intent = "/v1/payment_intents", "/v1/payment_intents/{id}"
	return []operation{
		{
			method: http.MethodPost, path: intents, id: "create-payment-intent", tag: tagPayments,
			summary: "Create a payment", json: true,
			description: "Charges the payment method, which also selects a scenario. reference is the merchant's ID of " +
				"the payment, such as an order's; the buyer's page links to return_url. The same Idempotency-Key and " +
				"body return the same intent.",
			inputs: []any{createInput{}}, output: Intent{}, status: http.StatusCreated, handler: s.createIntent,
			failures: []int{
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
			description: "Returns the current state of the intent.",
			inputs:      []any{idInput{}}, output: Intent{}, status: http.StatusOK, handler: s.getIntent,
			failures: []int{http.StatusNotFound},
		},
		{
			method: http.MethodPost, path: intent + "/confirm", id: "confirm-payment-intent", tag: tagPayments,
			summary: "Confirm an intent for its buyer", json: true, optional: true,
			description: "Replaces the buyer's decision on the page of next_action. Without a body the result is success.",
			inputs:      []any{confirmInput{}}, output: Intent{}, status: http.StatusOK, handler: s.confirmIntent,
			failures: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict},
		},
		{
			method: http.MethodPost, path: intent + "/capture", id: "capture-payment-intent", tag: tagPayments,
			summary: "Capture an intent", json: true,
			description: "Captures an intent with capture_method manual.",
			inputs:      []any{idInput{}}, output: Intent{}, status: http.StatusOK, handler: s.changeIntent(capture),
			failures: []int{http.StatusNotFound, http.StatusConflict},
		},
		{
			method: http.MethodPost, path: intent + "/cancel", id: "cancel-payment-intent", tag: tagPayments,
			summary: "Cancel an intent", json: true,
			description: "Cancels an intent that has captured nothing.",
			inputs:      []any{idInput{}}, output: Intent{}, status: http.StatusOK, handler: s.changeIntent(cancel),
			failures: []int{http.StatusNotFound, http.StatusConflict},
		},
	}
}

func (s *Server) refundOperations() []operation {
	return []operation{
		{
			method: http.MethodPost, path: "/v1/refunds", id: "create-refund", tag: tagPayments,
			summary: "Refund an intent", json: true,
			description: "Refunds a captured amount. The same Idempotency-Key and body return the same refund.",
			inputs:      []any{refundInput{}}, output: Refund{}, status: http.StatusCreated, handler: s.createRefund,
			failures: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity},
		},
		{
			method: http.MethodGet, path: "/v1/refunds/{id}", id: "get-refund", tag: tagPayments, summary: "Get a refund",
			description: "Returns the current state of the refund.",
			inputs:      []any{idInput{}}, output: Refund{}, status: http.StatusOK, handler: s.getRefund,
			failures: []int{http.StatusNotFound},
		},
		{
			method: http.MethodGet, path: "/v1/disputes/{id}", id: "get-dispute", tag: tagPayments, summary: "Get a dispute",
			description: "Returns the current state of the dispute.",
			inputs:      []any{idInput{}}, output: Dispute{}, status: http.StatusOK, handler: s.getDispute,
			failures: []int{http.StatusNotFound},
		},
		{
			method: http.MethodGet, path: "/v1/charges", id: "list-charges", tag: tagPayments, summary: "List charges",
			description: "Returns the charges of a reference, or a page of those of a period.",
			inputs:      []any{chargesInput{}}, output: Page[Charge]{}, status: http.StatusOK, handler: s.listCharges,
			failures: []int{http.StatusBadRequest},
		},
	}
}

// buyerOperations are those of buyers, who have no API key. The ID of an intent cannot be guessed.
func (s *Server) buyerOperations() []operation {
	const page = "/v1/payment_intents/{id}/next_action"
	return []operation{
		{
			method: http.MethodGet, path: page, id: "show-next-action", tag: tagBuyer,
			summary: "Show the page of a payment", public: true,
			description: "The page on which the buyer confirms a payment in status requires_action. It denies frames.",
			inputs:      []any{idInput{}}, output: htmlPage(""), status: http.StatusOK, handler: s.actionPage,
			failures: []int{http.StatusNotFound},
		},
		{
			method: http.MethodPost, path: page, id: "perform-next-action", tag: tagBuyer,
			summary: "Confirm or reject a payment", public: true,
			description: "The page sends a form, and the response is the page. Programs send JSON.",
			inputs:      []any{resultInput{}, resultForm{}}, output: Intent{}, status: http.StatusOK, handler: s.nextAction,
			failures: []int{
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
			description: "Injects faults into the next intents, or into those of a reference.",
			inputs:      []any{scenarioInput{}}, output: Scenario{}, status: http.StatusCreated, handler: s.armScenario,
			failures: []int{http.StatusBadRequest, http.StatusConflict},
		},
		{
			method: http.MethodGet, path: "/_scenarios", id: "list-scenarios", tag: tagScenarios, summary: "List scenarios",
			description: "Returns all scenarios, with the intents that they were used for.",
			output:      Page[Scenario]{}, status: http.StatusOK, handler: s.listScenarios,
		},
		{
			method: http.MethodDelete, path: "/_scenarios", id: "disarm-scenarios", tag: tagScenarios,
			summary:     "Disarm all scenarios",
			description: "Removes all scenarios and returns the empty list.",
			output:      Page[Scenario]{}, status: http.StatusOK, handler: s.disarmScenarios,
		},
		{
			method: http.MethodPost, path: "/_clock/advance", id: "advance-clock", tag: tagScenarios,
			summary: "Advance mockpay's clock", json: true,
			description: "Moves the clock forward, with all timers and webhooks.",
			inputs:      []any{advanceRequest{}}, output: clockReading{}, status: http.StatusOK, handler: s.advanceClock,
			failures: []int{http.StatusBadRequest},
		},
	}
}

// The inputs in the document.
type (
	idInput struct {
		ID string `path:"id" description:"The ID of the object"`
	}
	referenceInput struct {
		Reference string `query:"reference" description:"The merchant's ID of the payment, such as an order's"`
	}
	keyInput struct {
		Key string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"255"`
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
		Reference string `query:"reference" description:"An order's ID; the other parameters are ignored then"`
		From      string `query:"created_from" format:"date-time" description:"Charges of this time or later"`
		To        string `query:"created_to" format:"date-time" description:"Charges before this time"`
		Cursor    string `query:"cursor" description:"The next_cursor of the previous page"`
	}
)

// htmlPage is the output of operations that return a page.
type htmlPage string
