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

func (s sessions) StoreDevice(
	ctx context.Context, accountID id.ID, device ports.Device, at time.Time,
) (isNew bool, err error) {
	row, _, err := postgres.One[struct{ IsNew bool }](ctx, s.tx, `WITH others AS (
			SELECT EXISTS (SELECT FROM identity.known_devices WHERE account_id = $1) AS known)
		INSERT INTO identity.known_devices (account_id, device, seen_at) VALUES ($1, $2, $3)
		ON CONFLICT (account_id, device) DO UPDATE SET seen_at = EXCLUDED.seen_at
		RETURNING xmax = 0 AND (SELECT known FROM others) AS is_new`, accountID, device[:], at)
	if err != nil {
		return false, fmt.Errorf("upsert device: %w", err)
	}
	return row.IsNew, nil
}

const linkColumns = `id, hash, purpose, account_id, bound_to, address, expires_at, used_at`

type linkRow struct {
	ID        id.ID
	Hash      []byte
	Purpose   domain.LinkPurpose
	AccountID id.ID
	BoundTo   string
	Address   string
	ExpiresAt time.Time
	UsedAt    *time.Time
}

type links struct{ tx *postgres.Tx }

func (s links) Put(ctx context.Context, l domain.Link) error {
	n, err := postgres.Exec(ctx, s.tx, `INSERT INTO identity.links (`+linkColumns+`)
		VALUES (@id, @hash, @purpose, @account_id, @bound_to, @address, @expires_at, NULL)
		ON CONFLICT (id) DO UPDATE SET hash = EXCLUDED.hash, expires_at = EXCLUDED.expires_at
		WHERE links.used_at IS NULL`, postgres.Named{
		"id": l.ID, "hash": l.Hash, "purpose": string(l.Purpose), "account_id": l.AccountID, "bound_to": l.BoundTo,
		"address": l.Address, "expires_at": l.ExpiresAt,
	})
	if err != nil {
		return fmt.Errorf("insert link: %w", err)
	}
	if n == 0 {
		return domain.ErrLink
	}
	return nil
}

func (s links) Use(ctx context.Context, linkID id.ID, at time.Time) error {
	n, err := postgres.Exec(ctx, s.tx,
		`UPDATE identity.links SET used_at = $2 WHERE id = $1 AND used_at IS NULL`, linkID, at)
	if err != nil {
		return fmt.Errorf("use link: %w", err)
	}
	if n == 0 {
		return domain.ErrLink
	}
	return nil
}

func (s links) Delete(ctx context.Context, accountID id.ID) error {
	if _, err := postgres.Exec(ctx, s.tx, `DELETE FROM identity.links WHERE account_id = $1`, accountID); err != nil {
		return fmt.Errorf("delete links: %w", err)
	}
	return nil
}

type unverified struct{ tx *postgres.Tx }

func (s unverified) Expire(ctx context.Context, accountID id.ID, address string, at time.Time) error {
	_, err := postgres.Exec(ctx, s.tx, `INSERT INTO identity.unverified_accounts (account_id, address, expires_at)
		VALUES ($1, $2, $3)
		ON CONFLICT (account_id) DO UPDATE SET expires_at = EXCLUDED.expires_at,
			address = coalesce(nullif(EXCLUDED.address, ''), unverified_accounts.address)`,
		accountID, address, at)
	if err != nil {
		return fmt.Errorf("set expiry of account: %w", err)
	}
	return nil
}

func (s unverified) Keep(ctx context.Context, accountID id.ID) error {
	_, err := postgres.Exec(ctx, s.tx, `DELETE FROM identity.unverified_accounts WHERE account_id = $1`, accountID)
	if err != nil {
		return fmt.Errorf("remove expiry of account: %w", err)
	}
	return nil
}

// Mailbox implements ports.Mailbox.
type Mailbox struct{ db *postgres.DB }

// NewMailbox returns the mailbox.
func NewMailbox(db *postgres.DB) *Mailbox { return &Mailbox{db} }

// Link returns the link of a token's hash.
func (m *Mailbox) Link(ctx context.Context, hash []byte) (domain.Link, error) {
	row, found, err := postgres.One[linkRow](ctx, m.db,
		`SELECT `+linkColumns+` FROM identity.links WHERE hash = $1`, hash)
	if err != nil {
		return domain.Link{}, fmt.Errorf("select link: %w", err)
	}
	if !found {
		return domain.Link{}, domain.ErrLink
	}
	row.ExpiresAt, row.UsedAt = row.ExpiresAt.UTC(), utc(row.UsedAt)
	return domain.Link(row), nil
}

// Pending returns the account of the newest pending registration with an address.
func (m *Mailbox) Pending(ctx context.Context, address string) (domain.Account, error) {
	return oneAccount(ctx, m.db, `SELECT `+accountColumns+` FROM identity.accounts WHERE erased_at IS NULL AND id = (
			SELECT account_id FROM identity.unverified_accounts WHERE address = $1 AND address <> ''
			ORDER BY expires_at DESC, account_id DESC LIMIT 1)`, address)
}

// Expired returns unverified accounts that have expired, the earliest first.
func (m *Mailbox) Expired(ctx context.Context, at time.Time, limit int) ([]id.ID, error) {
	rows, err := postgres.All[struct{ AccountID id.ID }](ctx, m.db, `SELECT account_id
		FROM identity.unverified_accounts WHERE expires_at <= $1 ORDER BY expires_at, account_id LIMIT $2`, at, limit)
	if err != nil {
		return nil, fmt.Errorf("select expired accounts: %w", err)
	}
	out := make([]id.ID, len(rows))
	for i, r := range rows {
		out[i] = r.AccountID
	}
	return out, nil
}
