package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"
	"coinslot/platform/postgres"
)

type manualEntryRow struct {
	ID            id.ID
	AuthorID      id.ID
	Key           string
	BodyHash      []byte
	DebitAccount  domain.Account
	CreditAccount domain.Account
	Amount        int64
	Currency      money.Currency
	Reason        string
	Status        domain.ManualStatus
	DecidedBy     *id.ID
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

func (r manualEntryRow) entry() domain.ManualEntry {
	s := domain.ManualEntrySnapshot{
		ID: r.ID, AuthorID: r.AuthorID, Key: r.Key, BodyHash: r.BodyHash, Debit: r.DebitAccount,
		Credit: r.CreditAccount, Amount: money.Of(r.Amount, r.Currency), Reason: r.Reason, Status: r.Status,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
	if r.DecidedBy != nil {
		s.DecidedBy = *r.DecidedBy
	}
	return domain.RestoreManualEntry(s)
}

const manualEntryColumns = `id, author_id, key, body_hash, debit_account, credit_account, amount, currency, reason,
	status, decided_by, created_at, updated_at`

type manualEntries struct{ tx *postgres.Tx }

func (s manualEntries) Insert(ctx context.Context, entry domain.ManualEntry) (domain.ManualEntry, error) {
	m := entry.Snapshot()
	_, err := postgres.Exec(ctx, s.tx, `INSERT INTO billing.manual_entries (`+manualEntryColumns+`)
		VALUES (@id, @author_id, @key, @body_hash, @debit, @credit, @amount, @currency, @reason, @status, NULL,
			@created_at, @created_at)
		ON CONFLICT (author_id, key) DO NOTHING`,
		postgres.Named{
			"id": m.ID, "author_id": m.AuthorID, "key": m.Key, "body_hash": m.BodyHash, "debit": m.Debit,
			"credit": m.Credit, "amount": m.Amount.Amount(), "currency": m.Amount.Currency(), "reason": m.Reason,
			"status": m.Status, "created_at": m.CreatedAt,
		})
	if err != nil {
		return domain.ManualEntry{}, fmt.Errorf("insert manual entry: %w", err)
	}
	row, _, err := postgres.One[manualEntryRow](ctx, s.tx,
		`SELECT `+manualEntryColumns+` FROM billing.manual_entries WHERE author_id = $1 AND key = $2`, m.AuthorID, m.Key)
	if err != nil {
		return domain.ManualEntry{}, fmt.Errorf("select manual entry by key: %w", err)
	}
	return row.entry(), nil
}

func (s manualEntries) Lock(ctx context.Context, entryID id.ID) (domain.ManualEntry, error) {
	row, found, err := postgres.One[manualEntryRow](ctx, s.tx,
		`SELECT `+manualEntryColumns+` FROM billing.manual_entries WHERE id = $1 FOR UPDATE`, entryID)
	if err != nil {
		return domain.ManualEntry{}, fmt.Errorf("select manual entry: %w", err)
	}
	if !found {
		return domain.ManualEntry{}, domain.ErrNoManualEntry
	}
	return row.entry(), nil
}

func (s manualEntries) Update(ctx context.Context, entry domain.ManualEntry) error {
	m := entry.Snapshot()
	_, err := postgres.Exec(ctx, s.tx,
		`UPDATE billing.manual_entries SET status = @status, decided_by = @decided_by, updated_at = @updated_at
		WHERE id = @id`,
		postgres.Named{
			"id": m.ID, "status": m.Status, "decided_by": orNoID(m.DecidedBy), "updated_at": m.UpdatedAt,
		})
	if err != nil {
		return fmt.Errorf("update manual entry: %w", err)
	}
	return nil
}

// ManualEntries returns a page of the manual entries in a status, the newest first; empty: in any.
func (m *Movements) ManualEntries(ctx context.Context, status domain.ManualStatus,
	request page.Request,
) (page.Page[domain.ManualEntry], error) {
	before, err := page.Before(request.Cursor)
	if err != nil {
		return page.Page[domain.ManualEntry]{}, err
	}
	rows, err := postgres.All[manualEntryRow](ctx, m.db, `SELECT `+manualEntryColumns+` FROM billing.manual_entries
		WHERE id < @before AND (@status = '' OR status = @status) ORDER BY id DESC LIMIT @limit`,
		postgres.Named{"before": before, "status": status, "limit": request.Size() + 1})
	if err != nil {
		return page.Page[domain.ManualEntry]{}, fmt.Errorf("select manual entries: %w", err)
	}
	cut := page.Cut(rows, request.Size(), func(r manualEntryRow) string { return page.Encode(r.ID) })
	return page.Map(cut, manualEntryRow.entry), nil
}
