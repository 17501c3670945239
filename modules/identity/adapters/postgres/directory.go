package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/id"
	"coinslot/platform/postgres"
)

// Directory implements ports.Directory.
type Directory struct{ db *postgres.DB }

// NewDirectory returns the directory.
func NewDirectory(db *postgres.DB) *Directory { return &Directory{db} }

// Account returns an account.
func (d *Directory) Account(ctx context.Context, accountID id.ID) (domain.Account, error) {
	var row accountRow
	found, err := d.db.Direct(ctx,
		`SELECT `+accountColumns+` FROM identity.accounts WHERE id = $1 AND erased_at IS NULL`, []any{accountID},
		row.columns()...)
	if err != nil {
		return domain.Account{}, fmt.Errorf("select account: %w", err)
	}
	if !found {
		return domain.Account{}, domain.ErrAccountNotFound
	}
	return row.account(), nil
}

// ByLogin returns the account with a login. Addresses contain an @ and handles do not, so no login can match both.
func (d *Directory) ByLogin(ctx context.Context, login domain.Login) (domain.Account, error) {
	return oneAccount(ctx, d.db, `SELECT `+accountColumns+` FROM identity.accounts
		WHERE (email = $1 OR handle = $1 OR email_form = $2 OR handle = $2) AND erased_at IS NULL
		ORDER BY coalesce(email = $1 OR handle = $1, false) DESC LIMIT 1`, login.Spelled, login.Form)
}

// LastSignIn returns the time of an account's last sign-in on a network.
func (d *Directory) LastSignIn(ctx context.Context, accountID id.ID, network string) (time.Time, error) {
	row, _, err := postgres.One[struct{ SeenAt time.Time }](ctx, d.db,
		`SELECT seen_at FROM identity.known_networks WHERE account_id = $1 AND network = $2`, accountID, network)
	if err != nil {
		return time.Time{}, fmt.Errorf("select network: %w", err)
	}
	if row.SeenAt.IsZero() {
		return time.Time{}, nil
	}
	return row.SeenAt.UTC(), nil
}

// WithoutEmailForm returns the accounts without a canonical form of their address.
func (d *Directory) WithoutEmailForm(ctx context.Context) ([]domain.Account, error) {
	rows, err := postgres.All[accountRow](ctx, d.db, `SELECT `+accountColumns+` FROM identity.accounts
		WHERE email_form IS NULL AND erased_at IS NULL AND NOT guest ORDER BY created_at, id`)
	if err != nil {
		return nil, fmt.Errorf("select accounts: %w", err)
	}
	out := make([]domain.Account, len(rows))
	for i, r := range rows {
		out[i] = r.account()
	}
	return out, nil
}

// Sessions returns an account's live sessions, the newest first.
func (d *Directory) Sessions(ctx context.Context, accountID id.ID, at time.Time) ([]domain.Session, error) {
	rows, err := postgres.All[sessionRow](ctx, d.db, `SELECT `+sessionColumns+` FROM identity.sessions s
		WHERE s.account_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 ORDER BY s.id DESC`, accountID, at)
	if err != nil {
		return nil, fmt.Errorf("select sessions: %w", err)
	}
	out := make([]domain.Session, len(rows))
	for i, r := range rows {
		out[i] = r.session()
	}
	return out, nil
}

// Holder returns the account of a live session.
func (d *Directory) Holder(ctx context.Context, sessionID id.ID, at time.Time) (ports.Holder, error) {
	row, found, err := postgres.One[holderRow](ctx, d.db, `SELECT a.id AS account_id, a.roles
		FROM identity.sessions s JOIN identity.accounts a ON a.id = s.account_id
		WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > $2
			AND a.erased_at IS NULL AND a.suspended_at IS NULL`, sessionID, at)
	if err != nil {
		return ports.Holder{}, fmt.Errorf("select holder: %w", err)
	}
	if !found {
		return ports.Holder{}, domain.ErrToken
	}
	return ports.Holder{AccountID: row.AccountID, Roles: row.Roles}, nil
}
