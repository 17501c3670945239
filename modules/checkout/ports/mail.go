package ports

import (
	"context"

	"coinslot/modules/billing"
	"coinslot/platform/id"
)

// What means the same here as in billing.
type (
	// IssuedDocument identifies an invoice or a credit note that has its number.
	IssuedDocument = billing.IssuedDocument
	// DocumentFile is an issued document for its buyer.
	DocumentFile = billing.DocumentFile
)

// Documents returns issued documents.
type Documents interface {
	// DocumentFile returns a document with its PDF, or a fault of kind NotFound when it does not exist.
	DocumentFile(ctx context.Context, document IssuedDocument) (DocumentFile, error)
}

// Receipt is a mail to a buyer with a document.
type Receipt struct {
	Key      id.ID // of all attempts to send it: the document's ID
	Refund   bool  // the document is a credit note
	Buyer    Buyer
	Document DocumentFile
}

// Mailer sends mails.
type Mailer interface {
	// Send sends a mail at least once. The attempts to send one mail can be recognized by its key.
	Send(ctx context.Context, receipt Receipt) error
}
