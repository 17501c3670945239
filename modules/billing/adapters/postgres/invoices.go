package postgres

import (
	"context"
	"fmt"

	"coinslot/modules/billing/domain"
	"coinslot/platform/postgres"
)

const (
	draftColumns  = `id, order_id, payment_id, account_id, paper, captured_at`
	numberingLock = 0x696e766f69636573 // "invoices"
)

type invoices struct{ tx *postgres.Tx }

func (s invoices) InsertDraft(ctx context.Context, d domain.Draft) error {
	_, err := postgres.Exec(ctx, s.tx, `INSERT INTO billing.invoice_drafts (`+draftColumns+`) VALUES ($1, $2, $3, $4, $5::jsonb, $6)`,
		d.ID, d.OrderID, d.PaymentID, d.AccountID, postgres.JSON(toPaper(d.Paper)), d.CapturedAt)
	if err != nil {
		return fmt.Errorf("insert invoice draft: %w", err)
	}
	return nil
}

func (s invoices) LockNumbering(ctx context.Context) (bool, error) {
	row, _, err := postgres.One[struct{ Mine bool }](ctx, s.tx, `SELECT pg_try_advisory_xact_lock($1) AS mine`, int64(numberingLock))
	if err != nil {
		return false, fmt.Errorf("lock numbering: %w", err)
	}
	return row.Mine, nil
}

func (s invoices) Drafts(ctx context.Context, limit int) ([]domain.Draft, error) {
	rows, err := postgres.All[invoiceRow](ctx, s.tx, `SELECT `+draftColumns+` FROM billing.invoice_drafts ORDER BY captured_at, id LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("select invoice drafts: %w", err)
	}
	out := make([]domain.Draft, len(rows))
	for i, r := range rows {
		out[i] = r.invoice().Draft
	}
	return out, nil
}

func (s invoices) LastNumber(ctx context.Context, series string) (int64, error) {
	row, _, err := postgres.One[struct{ Last int64 }](ctx, s.tx, `SELECT coalesce(max(number), 0) AS last FROM billing.invoices WHERE series = $1`, series)
	if err != nil {
		return 0, fmt.Errorf("select last invoice number: %w", err)
	}
	return row.Last, nil
}

// Issue moves the drafts, so that what is issued is what was drafted.
func (s invoices) Issue(ctx context.Context, invoices []domain.Invoice) error {
	numbers := make([]issueJSON, len(invoices))
	for i, invoice := range invoices {
		numbers[i] = issueJSON{invoice.ID, invoice.Series, invoice.Number, invoice.IssuedAt}
	}
	n, err := postgres.Exec(ctx, s.tx, `WITH numbers AS (
			SELECT * FROM jsonb_to_recordset($1::jsonb) AS n (id uuid, series text, number bigint, issued_at timestamptz)),
		drafts AS (DELETE FROM billing.invoice_drafts WHERE id IN (SELECT id FROM numbers) RETURNING *)
		INSERT INTO billing.invoices (id, order_id, payment_id, account_id, series, number, paper, captured_at, issued_at)
		SELECT d.id, d.order_id, d.payment_id, d.account_id, n.series, n.number, d.paper, d.captured_at, n.issued_at
		FROM drafts d JOIN numbers n USING (id)`, postgres.JSON(numbers))
	if err != nil {
		return fmt.Errorf("issue invoices: %w", err)
	}
	if int(n) != len(invoices) {
		return fmt.Errorf("issue invoices: %d of %d drafts are there", n, len(invoices))
	}
	return nil
}
