package rest

import "coinslot/modules/billing/domain"

// descriptions are the descriptions of the operations in the OpenAPI document, by operation ID.
var descriptions = map[string]string{
	"list-transactions": `Payments and refunds of all orders, the newest first. from is inclusive and to is exclusive.
Filters apply together.`,
	"export-transactions": `All transactions that match the filter, as CSV, the newest first.` + csvDialects,
	"list-invoices":       `The newest first. number is null until it is assigned, usually within a second.`,
	"receive-payment-webhook": `For payment providers, not for clients. The signature is verified before the body is
parsed. 200 when the event is stored; the same event again has no effect. 400 bad-signature when the signature is
invalid or older than five minutes; 404 for an unknown provider.`,
	"list-ledger-accounts": `All accounts with their purpose and their balance in each currency, now or at a moment.`,
	"list-ledger-entries": `The newest first. The postings of an entry sum to zero per currency. account is an account
of the ledger, and buyer the ID of a buyer's account. from is inclusive and to is exclusive. Filters apply
together. 422 when an ID or an account is invalid: list-ledger-accounts has all accounts.`,
	"export-ledger-entries": `CSV with one posting per row, the oldest first; filters as in list-ledger-entries. An
entry that matches has all its postings. Sales, refunds and taxes have a row for each tax rate of their invoice or
credit note: tax_percent is the rate and net the taxable amount, below zero in a credit note. The rows of one rate
share the same net, so sum it over the rows of one account. Both are empty where the entry does not have the sums
of its document. invoice_number is of the order's invoice and credit_note_number of a refund's credit note; both
are empty until they are assigned. buyer_id and country are those of the invoice.` + csvDialects,
	"get-tax-report": `Net and tax by series, country, treatment, rate and currency, as a return for the One Stop Shop
needs them: those of the invoices of the period less those of its credit notes. The tax adds up to the movement of the
ledger's account tax_payable. A sale belongs to the day on which its money was captured, a credit note to that of its
refund, both by the seller's calendar. 422 invalid-period when the period is malformed or has not begun, or when it is
not over and preliminary is not true: a return must not be filed from figures that still change.`,
	"export-tax-report": `As GET /v1/admin/tax-report, as CSV with one row per series, country, treatment, rate and
currency.`,
	"verify-ledger": `Recomputes the chain of hashes of the journal's entries, and verifies the seals: HMACs of the
chain, of issued documents, of their stored PDFs and of disputes. valid is false when any of them was changed or
removed after it was sealed; broken lists the violations. A long ledger takes several calls: while checked is less
than sealed or seals_checked less than seals, call again with behind set to checked and behind_seal to seals_checked.

head has the last seal and the last number of each series of invoices. It has no HMAC, and its
fields have other names than those of a head file: coinslot verify --heads reads only lines of head files.`,
	"list-manual-entries": `Journal entries that staff proposed, the newest first, with their authors and who approved
or rejected them.`,
	"propose-manual-entry": `For what no event of the payment provider books, such as a correction. It moves an amount
from the credit account to the debit account and is booked when another member of the staff approves it. The
accounts of sales, tax and disputes cannot be named: they follow their documents. The same key and body return the
proposal as it stands now. 422 invalid-request when an account, the amount or the currency cannot be used: see
errors.`,
	"approve-manual-entry": `Books the entry in the journal, once. 403 own-journal-entry for its author: ask another
member of the staff. 409 journal-entry-decided when it is rejected already or was approved by someone else. 404
journal-entry-not-found.`,
	"reject-manual-entry": `Nothing is booked. 403 own-journal-entry for its author: ask another member of the staff.
409 journal-entry-decided when it is approved already or was rejected by someone else. 404 journal-entry-not-found.`,
	"list-all-invoices": `Drafts first, whose number is null, then the newest by date of issue. A draft that is issued
while you page may be listed twice.` + documentFilters,
	"list-all-credit-notes": `Each succeeded refund of an invoiced payment has one. Drafts first, whose number is
null, then the newest by date of issue. A draft that is issued while you page may be listed twice.` + documentFilters,
	"request-document-export": `Renders the files of all documents issued in a time range in the background, which
goes on after a restart of the store. The documents are those that are issued when the request is made. Poll the
export at Location until its status is ready; then zip is the path of its ZIP file. It has invoices and
credit-notes as folders with a PDF and an XML file for each document, and manifest.csv with numbers, dates, amounts
and the names of the files. An export without documents is ready at once. 409 too-many-document-exports: remove
one. 422 document-export-too-large: export shorter ranges; limit is the number of documents that is allowed.` +
		csvDialects,
	"list-document-exports": `Those of all staff that have not expired, the newest first.`,
	"get-document-export": `done of total documents are rendered. status is preparing, then ready, or failed when a
file cannot be rendered: the cause is logged. Poll every few seconds. 404 document-export-not-found, also after
expires_at.`,
	"remove-document-export": `Stops the preparation, and makes room for another export. The documents and their files
stay. 404 document-export-not-found.`,
	"download-document-export": `The ZIP file is made while it is sent, so it has no Content-Length and no ranges; the
same export gives the same bytes. A connection that is closed before the end of the archive means that something
failed: try again. A client that receives nothing for 15 seconds is cut off, and each download after 15 minutes. 404
document-export-not-found, 409 document-export-not-ready with done and total, 409 document-export-failed.`,
	"list-all-payments": "All payment attempts, the newest first." + filters,
	"list-all-refunds": "The newest first. requested_by is absent for refunds that the store itself makes." +
		filters,
	"list-all-disputes": "Disputes (chargebacks) of buyers at their banks, the newest first." + filters,
}

const csvDialects = `

Without locale the file is for programs: commas, decimal points and RFC 3339 times. With locale=en or locale=de it
opens in a spreadsheet with that locale: UTF-8 with a byte order mark, times in UTC such as 2026-11-30 17:41:55,
and for de semicolons and decimal commas. A text that a spreadsheet would take for a formula has an apostrophe in
front.`

const documentFilters = `

number finds a whole number and number_prefix all that begin with it, such as INV-AT-2026-; with number_prefix the
highest number comes first. order takes an ID or a number. from is inclusive, to is exclusive, and both are about
issued_at: with them and with numbers there are no drafts. Filters apply together. The list is empty when an ID or
a number is invalid or unknown. links has the paths of the files.`

const filters = "\n\nFilters apply together. The list is empty when an ID is invalid or unknown."

// describe returns the descriptions of the operations on a kind of document, by operation ID. Buyers and staff share
// them.
func (k kind) describe() map[string]string {
	absent := " 404 " + k.absent.Code + "."
	return map[string]string{
		"get-" + k.id: `number is null until the document is issued, usually within a second. An issued document never
changes.` + absent,
		"get-" + k.id + "-pdf": `PDF/A-3 with the XML embedded as factur-x.xml. 202 with Retry-After until the document
is issued, usually within a second; afterwards always the same bytes.` + absent,
		"get-" + k.id + "-xml": `EN 16931 in the CII syntax, for accounting software. 202 with Retry-After until the
document is issued, usually within a second. 409 ` + domain.ErrNoXML.Code + ` for a currency of three decimals:
download the PDF.` +
			absent,
	}
}
