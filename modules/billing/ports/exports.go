package ports

import (
	"context"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
)

// Exports stores exports of documents, inside a transaction.
type Exports interface {
	// Insert adds an export with up to limit issued documents of its selection, in the order of their issue, and returns
	// how many. The total of the stored export is that number. The documents of an export do not change.
	Insert(ctx context.Context, export domain.Export, limit int) (documents int, err error)
	// Lock returns an export and locks it until the transaction ends; found is false when there is none.
	Lock(ctx context.Context, exportID id.ID) (export domain.Export, found bool, err error)
	// Update stores the status and the progress of a locked export.
	Update(ctx context.Context, export domain.Export) error
	// Delete removes an export; found is false when there is none.
	Delete(ctx context.Context, exportID id.ID) (found bool, err error)
	// DeleteExpired removes the exports that expire at now or earlier.
	DeleteExpired(ctx context.Context, now time.Time) error
	// Count returns how many exports expire after now. Transactions that count wait for each other until they end.
	Count(ctx context.Context, now time.Time) (int, error)
}

// ExportedDocument is a document of an export with its stored PDF; nil: none is stored.
type ExportedDocument struct {
	domain.Invoice
	PDF []byte
}

// ExportReader reads exports of documents, outside of transactions.
type ExportReader interface {
	// Find returns an export that expires after now; domain.ErrNoExport.
	Find(ctx context.Context, exportID id.ID, now time.Time) (domain.Export, error)
	// All returns all exports that expire after now, the newest first.
	All(ctx context.Context, now time.Time) ([]domain.Export, error)
	// Batch returns the documents of a batch in the order of their issue; none when there is no such batch.
	Batch(ctx context.Context, exportID id.ID, position int) ([]ExportedDocument, error)
}
