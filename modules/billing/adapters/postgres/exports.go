package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/postgres"
)

const exportLock = 0x6578706f727473 // "exports"

type exportRow struct {
	ID          id.ID
	RequestedBy id.ID
	Kinds       []domain.Kind   `bun:"type:jsonb"`
	Formats     []domain.Format `bun:"type:jsonb"`
	Locale      string
	FromAt      time.Time
	ToAt        time.Time
	Status      domain.ExportStatus
	BatchSize   int
	Total       int
	Done        int
	CreatedAt   time.Time
	ExpiresAt   time.Time
}

const exportColumns = `id, requested_by, to_jsonb(kinds) AS kinds, to_jsonb(formats) AS formats, locale, from_at, to_at,
	status, batch_size, total, done, created_at, expires_at`

func (r exportRow) export() domain.Export {
	return domain.Export{
		ID: r.ID, RequestedBy: r.RequestedBy,
		Selection: domain.Selection{
			Kinds: r.Kinds, Formats: r.Formats, Locale: r.Locale, From: r.FromAt.UTC(), To: r.ToAt.UTC(),
		},
		Status: r.Status, BatchSize: r.BatchSize, Total: r.Total, Done: r.Done,
		CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(),
	}
}

type exports struct{ tx *postgres.Tx }

// Insert stores the IDs of the documents in arrays of one batch each, so that an export has few rows.
func (s exports) Insert(ctx context.Context, e domain.Export, limit int) (int, error) {
	row, _, err := postgres.One[struct{ Total int }](ctx, s.tx, `WITH selected AS (
			SELECT id, issued_at, series, number FROM billing.invoices
			WHERE kind = ANY (@kinds::text[]) AND issued_at >= @from_at AND issued_at < @to_at
			ORDER BY issued_at, series, number LIMIT @limit),
		placed AS (SELECT id, row_number() OVER (ORDER BY issued_at, series, number) - 1 AS n FROM selected),
		batches AS (INSERT INTO billing.document_export_batches (export_id, position, documents)
			SELECT @id::uuid, n / @batch_size::int, array_agg(id ORDER BY n) FROM placed GROUP BY n / @batch_size::int)
		INSERT INTO billing.document_exports (id, requested_by, kinds, formats, locale, from_at, to_at,
			status, batch_size, total, done, created_at, expires_at)
		VALUES (@id, @requested_by, @kinds::text[], @formats::text[], @locale, @from_at, @to_at,
			@status, @batch_size, (SELECT count(*) FROM selected), @done, @created_at, @expires_at)
		RETURNING total`,
		postgres.Named{
			"id": e.ID, "requested_by": e.RequestedBy, "kinds": texts(e.Kinds), "formats": texts(e.Formats),
			"locale": e.Locale, "from_at": e.From, "to_at": e.To, "status": e.Status, "batch_size": e.BatchSize,
			"done": e.Done, "created_at": e.CreatedAt, "expires_at": e.ExpiresAt, "limit": limit,
		})
	if err != nil {
		return 0, fmt.Errorf("insert export of documents: %w", err)
	}
	return row.Total, nil
}

func texts[S ~string](values []S) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

func (s exports) Lock(ctx context.Context, exportID id.ID) (domain.Export, bool, error) {
	row, found, err := postgres.One[exportRow](ctx, s.tx,
		`SELECT `+exportColumns+` FROM billing.document_exports WHERE id = $1 FOR UPDATE`, exportID)
	if err != nil {
		return domain.Export{}, false, fmt.Errorf("lock export of documents: %w", err)
	}
	return row.export(), found, nil
}

func (s exports) Update(ctx context.Context, e domain.Export) error {
	_, err := postgres.Exec(ctx, s.tx, `UPDATE billing.document_exports SET status = $2, done = $3 WHERE id = $1`,
		e.ID, e.Status, e.Done)
	if err != nil {
		return fmt.Errorf("update export of documents: %w", err)
	}
	return nil
}

func (s exports) Delete(ctx context.Context, exportID id.ID) (bool, error) {
	n, err := postgres.Exec(ctx, s.tx, `DELETE FROM billing.document_exports WHERE id = $1`, exportID)
	if err != nil {
		return false, fmt.Errorf("delete export of documents: %w", err)
	}
	return n > 0, nil
}

func (s exports) DeleteExpired(ctx context.Context, now time.Time) error {
	_, err := postgres.Exec(ctx, s.tx, `DELETE FROM billing.document_exports WHERE expires_at <= $1`, now)
	if err != nil {
		return fmt.Errorf("delete expired exports of documents: %w", err)
	}
	return nil
}

// Count takes an advisory lock, so that two requests do not both insert the last export that is allowed.
func (s exports) Count(ctx context.Context, now time.Time) (int, error) {
	if _, err := postgres.Exec(ctx, s.tx, `SELECT pg_advisory_xact_lock($1)`, int64(exportLock)); err != nil {
		return 0, fmt.Errorf("lock exports of documents: %w", err)
	}
	row, _, err := postgres.One[struct{ N int }](ctx, s.tx,
		`SELECT count(*) AS n FROM billing.document_exports WHERE expires_at > $1`, now)
	if err != nil {
		return 0, fmt.Errorf("count exports of documents: %w", err)
	}
	return row.N, nil
}

// Exports reads exports of documents.
type Exports struct{ db *postgres.DB }

// NewExports returns the reader.
func NewExports(db *postgres.DB) *Exports { return &Exports{db} }

// Find returns an export that has not expired.
func (r *Exports) Find(ctx context.Context, exportID id.ID, now time.Time) (domain.Export, error) {
	row, found, err := postgres.One[exportRow](ctx, r.db,
		`SELECT `+exportColumns+` FROM billing.document_exports WHERE id = $1 AND expires_at > $2`, exportID, now)
	if err != nil {
		return domain.Export{}, fmt.Errorf("select export of documents: %w", err)
	}
	if !found {
		return domain.Export{}, domain.ErrNoExport
	}
	return row.export(), nil
}

// All returns all exports that have not expired, the newest first.
func (r *Exports) All(ctx context.Context, now time.Time) ([]domain.Export, error) {
	rows, err := postgres.All[exportRow](ctx, r.db,
		`SELECT `+exportColumns+` FROM billing.document_exports WHERE expires_at > $1 ORDER BY id DESC`, now)
	if err != nil {
		return nil, fmt.Errorf("select exports of documents: %w", err)
	}
	out := make([]domain.Export, len(rows))
	for i, row := range rows {
		out[i] = row.export()
	}
	return out, nil
}

// Batch returns the documents of a batch.
func (r *Exports) Batch(ctx context.Context, exportID id.ID, position int) ([]ports.ExportedDocument, error) {
	rows, err := postgres.All[struct {
		invoiceRow
		Pdf []byte
	}](ctx, r.db, `SELECT `+documentColumns+`, d.pdf
		FROM billing.document_export_batches b
		CROSS JOIN LATERAL unnest(b.documents) WITH ORDINALITY AS u (id, n)
		JOIN billing.invoices i ON i.id = u.id
		LEFT JOIN billing.invoices p ON p.id = i.preceding_id
		LEFT JOIN billing.invoice_documents d ON d.invoice_id = i.id
		WHERE b.export_id = $1 AND b.position = $2 ORDER BY u.n`, exportID, position)
	if err != nil {
		return nil, fmt.Errorf("select the documents of an export: %w", err)
	}
	out := make([]ports.ExportedDocument, len(rows))
	for i, row := range rows {
		out[i] = ports.ExportedDocument{Invoice: row.invoice(), PDF: row.Pdf}
	}
	return out, nil
}
