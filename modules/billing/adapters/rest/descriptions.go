package rest

import "coinslot/modules/billing/domain"

// descriptions are the descriptions of the operations in the OpenAPI document, by operation ID.
var descriptions = map[string]string{
	"list-transactions": `Payments and refunds of all orders, the newest first. from is inclusive and to is exclusive.
Filters apply together.`,
	"export-transactions": `All transactions that match the filter, as CSV, the newest first.`,
	"list-invoices":       `The newest first. number is null until it is assigned, usually within a second.`,
	"receive-payment-webhook": `For payment providers, not for clients. The signature is verified before the body is
parsed. 200 when the event is stored; the same event again has no effect. 400 bad-signature when the signature is
invalid or older than five minutes; 404 for an unknown provider.`,
	"list-ledger-accounts": `All accounts with their purpose and their balance in each currency, now or at a moment.`,
	"list-ledger-entries": `The newest first. The postings of an entry sum to zero per currency. from is inclusive
and to is exclusive. Filters apply together. 422 when order_id is not an ID.`,
	"export-ledger-entries": `CSV with one posting per row, the oldest first. from is inclusive and to is exclusive.`,
	"verify-ledger": `Recomputes the hashes of the sealed entries. valid is false when an entry was changed or removed
after it was sealed; broken lists the violations. A long chain takes several calls: while checked is less than
sealed, call again with behind set to checked.`,
	"list-all-invoices":     "The newest first. number is null until it is assigned." + filters,
	"list-all-credit-notes": "The newest first. Each succeeded refund of an invoiced payment has one." + filters,
	"list-all-payments":     "All payment attempts, the newest first." + filters,
	"list-all-refunds":      "The newest first. requested_by is absent for refunds that the store itself makes." + filters,
	"list-all-disputes":     "Disputes (chargebacks) of buyers at their banks, the newest first." + filters,
}

const filters = "\n\nFilters apply together. The list is empty when an ID is invalid or unknown."

// describe returns the descriptions of the operations on a kind of document, by operation ID. Buyers and staff share
// them.
func (k kind) describe() map[string]string {
	absent := " 404 " + k.absent.Code + "."
	return map[string]string{
		"get-" + k.id: `number is null until the document is issued, usually within a second. An issued document never
changes.` + absent,
		"get-" + k.id + "-pdf": `PDF/A-3 with the XML embedded as factur-x.xml. 202 with Retry-After until the document is issued,
usually within a second; afterwards always the same bytes.` + absent,
		"get-" + k.id + "-xml": `EN 16931 in the CII syntax, for accounting software. 202 with Retry-After until the document
is issued, usually within a second. 409 ` + domain.ErrNoXML.Code + ` for a currency of three decimals: download the PDF.` +
			absent,
	}
}
