package rest

import (
	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/fault"
	"coinslot/platform/web"
)

// exportLimit has the members of a problem with a limit of exports.
type exportLimit struct {
	Limit int `json:"limit" doc:"The most that is allowed"`
}

// sampleManualEntry is the placeholder in examples for the ID of a proposed journal entry.
const sampleManualEntry = "00000000-0000-7000-8000-000000000006"

var contract = web.Contract{
	Descriptions: descriptions,
	Tags: map[string]string{
		"billing": "Payments, refunds, invoices and credit notes.",
		"ledger":  "The store's double-entry journal, with entries that staff propose. Needs the role staff.",
	},
	Faults: map[string][]*fault.Error{
		"receive-payment-webhook": {domain.ErrSignature, domain.ErrEvent, domain.ErrNoProvider},
		"list-ledger-entries":     {domain.ErrNoEntries},
		"get-tax-report":          {domain.ErrPeriod},
		"export-tax-report":       {domain.ErrPeriod},
		"export-ledger-entries":   {domain.ErrNoEntries},
		"request-document-export": {
			domain.ErrExportRange, domain.ErrExportTime, domain.ErrExportSize, domain.ErrExports,
		},
		"get-document-export":      {domain.ErrNoExport},
		"remove-document-export":   {domain.ErrNoExport},
		"download-document-export": {domain.ErrNoExport, domain.ErrExportPending, domain.ErrExportFailed},
		"propose-manual-entry":     {domain.ErrManualEntry, billing.ErrKeyReused},
		"approve-manual-entry":     {domain.ErrNoManualEntry, domain.ErrOwnEntry, domain.ErrEntryDecided},
		"reject-manual-entry":      {domain.ErrNoManualEntry, domain.ErrOwnEntry, domain.ErrEntryDecided},
	},
	IDs: map[string]string{
		"approve-manual-entry": sampleManualEntry, "reject-manual-entry": sampleManualEntry,
	},
	Details: map[string]any{
		domain.ErrExportSize.Code: exportLimit{},
		domain.ErrExports.Code:    exportLimit{},
		domain.ErrExportPending.Code: struct {
			Done  int `json:"done"`
			Total int `json:"total"`
		}{},
	},
	Examples: map[string]any{
		"request-document-export": map[string]any{
			"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z", "type": "invoice", "formats": []string{"pdf", "xml"},
		},
		"propose-manual-entry": map[string]any{
			"debit_account": "provider_fees", "credit_account": "provider_clearing",
			"amount": map[string]any{"amount": 25, "currency": "EUR"}, "reason": "The monthly fee of November",
		},
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
