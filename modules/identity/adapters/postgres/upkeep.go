package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"coinslot/modules/identity/ports"
	"coinslot/platform/id"
	"coinslot/platform/postgres"
)

// Upkeep implements ports.Upkeep.
type Upkeep struct{ db *postgres.DB }

// NewUpkeep returns the upkeep.
func NewUpkeep(db *postgres.DB) *Upkeep { return &Upkeep{db} }

// batch is the number of rows that one statement changes.
const batch = 500

// Prune deletes expired data, in batches.
func (u *Upkeep) Prune(ctx context.Context, p ports.Prune) error {
	for _, old := range []struct {
		what, query string
		args        []any
	}{
		{"sessions", `DELETE FROM identity.sessions WHERE id IN (
			SELECT id FROM identity.sessions WHERE expires_at <= $1 OR ended_at <= $1
			LIMIT $2 FOR UPDATE SKIP LOCKED)`, []any{p.Now}},
		{"refresh tokens", `DELETE FROM identity.refresh_tokens WHERE hash IN (
			SELECT hash FROM identity.refresh_tokens WHERE used_at < $1
			LIMIT $2 FOR UPDATE SKIP LOCKED)`, []any{p.UsedBefore}},
		{"attempts", `DELETE FROM identity.attempts WHERE bucket IN (
			SELECT bucket FROM identity.attempts WHERE empty_at <= $1
			LIMIT $2 FOR UPDATE SKIP LOCKED)`, []any{p.Now}},
		{"known networks", `DELETE FROM identity.known_networks WHERE (account_id, network) IN (
			SELECT account_id, network FROM identity.known_networks WHERE seen_at < $1
			LIMIT $2 FOR UPDATE SKIP LOCKED)`, []any{p.KnownBefore}},
		{"known devices", `DELETE FROM identity.known_devices WHERE (account_id, device) IN (
			SELECT account_id, device FROM identity.known_devices WHERE seen_at < $1
			LIMIT $2 FOR UPDATE SKIP LOCKED)`, []any{p.KnownBefore}},
		{"links", `DELETE FROM identity.links WHERE id IN (
			SELECT id FROM identity.links WHERE expires_at <= $1
			LIMIT $2 FOR UPDATE SKIP LOCKED)`, []any{p.Now}},
	} {
		for {
			n, err := postgres.Exec(ctx, u.db, old.query, append(old.args, batch)...)
			if err != nil {
				return fmt.Errorf("prune %s: %w", old.what, err)
			}
			if n < batch {
				break
			}
		}
	}
	return nil
}

type addressRow struct {
	ID        id.ID
	Email     string
	CreatedAt time.Time
}

// BackfillEmailForms sets missing canonical forms of addresses, in batches from the oldest account to the newest.
func (u *Upkeep) BackfillEmailForms(ctx context.Context, form func(email string) string) error {
	var last addressRow
	for {
		rows, err := postgres.All[addressRow](ctx, u.db, `SELECT id, email, created_at FROM identity.accounts
			WHERE email_form IS NULL AND erased_at IS NULL AND NOT guest AND (created_at, id) > ($1, $2)
			ORDER BY created_at, id LIMIT $3`, last.CreatedAt, last.ID, batch)
		if err != nil {
			return fmt.Errorf("select addresses: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		ids, forms := make([]string, len(rows)), make([]string, len(rows))
		for i, r := range rows {
			ids[i], forms[i] = r.ID.String(), form(r.Email)
		}
		if err := u.setEmailForms(ctx, ids, forms); err != nil {
			return err
		}
		last = rows[len(rows)-1]
	}
}

func (u *Upkeep) setEmailForms(ctx context.Context, ids, forms []string) error {
	_, err := postgres.Exec(ctx, u.db, `UPDATE identity.accounts a SET email_form = first.form
		FROM (
			SELECT DISTINCT ON (form) account_id, form
			FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS n (account_id, form, position)
			ORDER BY form, position) first
		WHERE a.id = first.account_id AND a.email_form IS NULL AND a.erased_at IS NULL
			AND NOT EXISTS (
				SELECT FROM identity.accounts other
				WHERE other.email_form = first.form AND other.erased_at IS NULL)`, ids, forms)
	if postgres.IsUnique(err, "accounts_email_form") {
		return errors.New("an account with the same address was registered concurrently; the next run retries")
	}
	if err != nil {
		return fmt.Errorf("backfill canonical addresses: %w", err)
	}
	return nil
}
