package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
	"coinslot/platform/postgres"
)

const (
	draftColumns  = `id, kind, order_id, payment_id, account_id, seller, paper, captured_at, preceding_id`
	numberingLock = 0x696e766f69636573 // "invoices"
)

type invoices struct{ tx *postgres.Tx }

func (s invoices) InsertDraft(ctx context.Context, d domain.Draft) error {
	_, err := postgres.Exec(ctx, s.tx, `INSERT INTO billing.invoice_drafts (`+draftColumns+`)
		VALUES (@id, @kind, @order_id, @payment_id, @account_id, @seller::jsonb, @paper::jsonb, @captured_at, @preceding_id)`,
		postgres.Named{
			"id": d.ID, "kind": d.Kind, "order_id": d.OrderID, "payment_id": d.PaymentID, "account_id": d.AccountID,
			"seller": postgres.JSON(sellerJSON(d.Seller)), "paper": postgres.JSON(toContentJSON(d.Content)),
			"captured_at": d.CapturedAt, "preceding_id": precedingOf(d),
		})
	if err != nil {
		return fmt.Errorf("insert invoice draft: %w", err)
	}
	return nil
}

func (s invoices) LockNumbering(ctx context.Context) (bool, error) {
	query := mutant.SQL("number-in-two-processes", `SELECT pg_try_advisory_xact_lock($1) AS mine`,
		"pg_try_advisory_xact_lock($1)", "$1::bigint > 0")
	row, _, err := postgres.One[struct{ Mine bool }](ctx, s.tx, query, int64(numberingLock))
	if err != nil {
		return false, fmt.Errorf("lock numbering: %w", err)
	}
	return row.Mine, nil
}

func (s invoices) Drafts(ctx context.Context, limit int) ([]domain.Draft, error) {
	rows, err := postgres.All[invoiceRow](ctx, s.tx,
		`SELECT `+draftColumns+` FROM billing.invoice_drafts ORDER BY captured_at, id LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("select invoice drafts: %w", err)
	}
	out := make([]domain.Draft, len(rows))
	for i, r := range rows {
		out[i] = r.invoice().Draft
	}
	return out, nil
}

func (s invoices) Of(ctx context.Context, paymentID id.ID) (domain.Draft, error) {
	row, found, err := postgres.One[struct {
		invoiceRow
		Legacy []lineItemJSON `bun:"type:jsonb"`
	}](ctx, s.tx, `SELECT i.*, (SELECT lines FROM billing.legacy_lines l WHERE l.payment_id = i.payment_id) AS legacy
		FROM (SELECT `+draftColumns+` FROM billing.invoice_drafts WHERE kind = 'invoice' AND id = $1
			UNION ALL SELECT `+draftColumns+` FROM billing.invoices WHERE kind = 'invoice' AND id = $1) AS i`, paymentID)
	if err != nil {
		return domain.Draft{}, fmt.Errorf("select a payment's invoice: %w", err)
	}
	if !found {
		return domain.Draft{}, domain.ErrNoInvoice
	}
	row.Paper = row.Paper.withLineIDs(row.Legacy)
	return row.invoice().Draft, nil
}

func (s invoices) LastNumbers(ctx context.Context, series []string) (map[string]int64, error) {
	type row struct {
		Series string
		Last   int64
	}
	rows, err := postgres.All[row](ctx, s.tx, `SELECT s.series, i.number AS last FROM unnest($1::text[]) AS s (series),
		LATERAL (SELECT greatest(
			(SELECT number FROM billing.invoices WHERE series = s.series ORDER BY number DESC LIMIT 1),
			(SELECT last FROM billing.lost_numbers WHERE series = s.series ORDER BY last DESC LIMIT 1)) AS number) AS i
		WHERE i.number IS NOT NULL`, series)
	if err != nil {
		return nil, fmt.Errorf("select last numbers: %w", err)
	}
	out := map[string]int64{}
	for _, r := range rows {
		out[r.Series] = r.Last
	}
	return out, nil
}

func (s invoices) InsertLost(ctx context.Context, lost []domain.LostNumbers, at time.Time) error {
	for _, l := range lost {
		_, err := postgres.Exec(ctx, s.tx, `INSERT INTO billing.lost_numbers (series, first, last, recorded_at)
			VALUES (@series, @first, @last, @at)`,
			postgres.Named{"series": l.Series, "first": l.First, "last": l.Last, "at": at})
		if err != nil {
			return fmt.Errorf("insert lost numbers: %w", err)
		}
	}
	return nil
}

// Issue moves the drafts in one statement, so that the documents have the stored content.
func (s invoices) Issue(ctx context.Context, invoices []domain.Invoice) error {
	numbers := make([]issueJSON, len(invoices))
	for i, invoice := range invoices {
		numbers[i] = issueJSON{invoice.ID, invoice.Series, invoice.Number, invoice.IssuedAt}
	}
	n, err := postgres.Exec(ctx, s.tx, `WITH numbers AS (
			SELECT * FROM jsonb_to_recordset($1::jsonb) AS n (id uuid, series text, number bigint, issued_at timestamptz)),
		drafts AS (DELETE FROM billing.invoice_drafts WHERE id IN (SELECT id FROM numbers) RETURNING *)
		INSERT INTO billing.invoices (id, kind, order_id, payment_id, account_id, series, number, seller, paper,
			captured_at, issued_at, preceding_id, content_hash)
		SELECT i.id, i.kind, i.order_id, i.payment_id, i.account_id, i.series, i.number, i.seller, i.paper,
			i.captured_at, i.issued_at, i.preceding_id, billing.paper_hash(i)
		FROM drafts d JOIN numbers n ON n.id = d.id,
			LATERAL jsonb_populate_record(NULL::billing.invoices, to_jsonb(d) || to_jsonb(n)) AS i`, postgres.JSON(numbers))
	if err != nil {
		return fmt.Errorf("issue invoices: %w", err)
	}
	if int(n) != len(invoices) {
		return fmt.Errorf("issue invoices: %d of %d drafts found", n, len(invoices))
	}
	return nil
}
