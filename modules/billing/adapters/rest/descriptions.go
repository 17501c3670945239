package rest

// descriptions say in the API's document what the operations do.
var descriptions = map[string]string{
	"list-transactions":   `The newest first: payments and refunds of all orders. from is inclusive and to is exclusive.`,
	"export-transactions": `The same as GET /v1/transactions as CSV, all of it in one file.`,
	"list-invoices":       `The newest first. number is null for up to a second after the payment.`,
	"receive-payment-webhook": `For payment providers, not for clients. The body is verified by its signature before it is parsed. 200 when the event is
stored, also for the same event again, which has no further effect. 400 bad-signature when it is forged or older than
five minutes; 404 for an unknown provider.`,
	"list-ledger-accounts":  `Every account with its purpose and its balance in each currency, now or at a moment.`,
	"list-ledger-entries":   `The newest first. Each entry's postings sum to zero per currency. Filters apply together. 422 when order_id is no ID.`,
	"export-ledger-entries": `CSV with one posting a row, the oldest first; from is inclusive and to is exclusive.`,
	"verify-ledger": `Recomputes the hash of each sealed entry. valid is false when something was changed afterwards, and broken says what. A
long chain takes several calls: while checked is less than sealed, call again with behind set to checked.`,
	"list-all-invoices":     "The newest first: issued ones, and those that wait for their number." + filters,
	"list-all-credit-notes": "The newest first: one for each succeeded refund of an invoiced payment." + filters,
	"list-all-payments":     "The newest first: every attempt to charge an order." + filters,
	"list-all-refunds":      "The newest first. requested_by is the account that asked; the store itself refunds as well." + filters,
	"list-all-disputes":     "The newest first: buyers' complaints at their banks, as the store sees them." + filters,
}

const filters = "\n\nFilters apply together, and one that names nothing finds nothing."

// describe returns the descriptions of the operations on a kind of document, by operation ID. Buyers and staff share
// them.
func (k kind) describe() map[string]string {
	absent := " 404 " + k.absent.Code + "."
	return map[string]string{
		"get-" + k.id: "The number is null until the document is issued, within a second. From then on it never changes." + absent,
		"get-" + k.id + "-pdf": `The same bytes for ever, once the document is issued; until then 202 with Retry-After, for up to a
second.` + absent,
		"get-" + k.id + "-xml": `EN 16931 in the syntax CII, for accounting software. 202 with Retry-After until the document is issued,
within a second.` + absent,
	}
}
