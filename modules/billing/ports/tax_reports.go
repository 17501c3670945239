package ports

import (
	"context"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
)

// DocumentPosition is the position of a document in the order of captures and refunds. The zero position is before all.
type DocumentPosition struct {
	CapturedAt time.Time
	ID         id.ID
}

// TaxReports sums the taxes of invoices and credit notes, drafts included, outside of transactions.
type TaxReports interface {
	// Sums returns the sums of up to limit documents after a position, and the position of the last one; nil: there are
	// no more. Only documents that the period has are summed. The rows are in no order.
	Sums(ctx context.Context, period domain.Period, after DocumentPosition,
		limit int) (rows []domain.TaxSum, last *DocumentPosition, err error)
}
