package billing

import (
	"context"

	"coinslot/platform/id"
	"coinslot/platform/money"
)

// IssuedDocument identifies an invoice or a credit note that has its number.
type IssuedDocument struct {
	ID         id.ID `json:"id"`
	AccountID  id.ID `json:"account_id"`
	CreditNote bool  `json:"credit_note"`
}

// DocumentsIssued is the event that documents got their numbers. Version 1. It is published once for each document, in
// the transaction that numbers it.
type DocumentsIssued struct {
	Documents []IssuedDocument `json:"documents"`
}

// DocumentFile is an issued document for its buyer.
type DocumentFile struct {
	Number      string
	OrderNumber string
	Total       money.Money // of a credit note: what was refunded
	PDF         []byte
}

// DocumentFiles returns issued documents.
type DocumentFiles interface {
	// DocumentFile returns a document with its PDF, or a fault of kind NotFound when it does not exist.
	DocumentFile(ctx context.Context, document IssuedDocument) (DocumentFile, error)
}
