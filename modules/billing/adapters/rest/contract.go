package rest

import (
	"coinslot/modules/billing/domain"
	"coinslot/platform/fault"
	"coinslot/platform/web"
)

var contract = web.Contract{
	Descriptions: descriptions,
	Tags: map[string]string{
		"billing": "Payments, refunds, invoices and credit notes.",
		"ledger":  "The store's double-entry journal. Needs the role staff.",
	},
	Faults: map[string][]*fault.Error{
		"receive-payment-webhook": {domain.ErrSignature, domain.ErrEvent, domain.ErrNoProvider},
		"list-ledger-entries":     {domain.ErrNoEntries},
	},
	Examples: map[string]any{
		"receive-payment-webhook": map[string]any{
			"id": "evt_1", "type": "payment_intent.succeeded",
			"data": map[string]any{"id": "pi_1", "status": "succeeded"},
		},
	},
}

// contract returns the contract of the operations on a kind of document.
func (k kind) contract() web.Contract {
	out := web.Contract{Descriptions: k.describe(), Faults: map[string][]*fault.Error{}, IDs: map[string]string{}}
	for operation := range out.Descriptions {
		out.Faults[operation], out.IDs[operation] = []*fault.Error{k.absent}, web.SampleInvoice
		if k.absent == domain.ErrNoNote {
			out.IDs[operation] = web.SampleCreditNote
		}
	}
	xml := "get-" + k.id + "-xml"
	out.Faults[xml] = append(out.Faults[xml], domain.ErrNoXML)
	return out
}
