// Package postgres stores accounts and sessions in the schema identity.
package postgres

import (
	"context"
	"fmt"
	"maps"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
	"coinslot/platform/postgres"
)

// Publisher inserts the jobs of an event in a transaction.
type Publisher interface {
	Publish(ctx context.Context, tx *postgres.Tx, event any) error
}

// UnitOfWork implements ports.UnitOfWork.
type UnitOfWork struct {
	db        *postgres.DB
	publisher Publisher
}

// NewUnitOfWork returns the unit of work.
func NewUnitOfWork(db *postgres.DB, publisher Publisher) *UnitOfWork {
	return &UnitOfWork{db, publisher}
}

// Do runs fn in a transaction.
func (u *UnitOfWork) Do(ctx context.Context, fn func(ctx context.Context, s ports.Stores) error) error {
	return u.db.InTx(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		return fn(ctx, ports.Stores{
			Accounts: accounts{tx}, Sessions: sessions{tx}, Links: links{tx}, Unverified: unverified{tx},
			Events: events{tx, u.publisher},
		})
	})
}

type events struct {
	tx        *postgres.Tx
	publisher Publisher
}

func (e events) AccountErased(ctx context.Context, event identity.AccountErased) error {
	return e.publisher.Publish(ctx, e.tx, event)
}

func (e events) MailRequested(ctx context.Context, event domain.MailRequested) error {
	return e.publisher.Publish(ctx, e.tx, event)
}

const accountColumns = `id, email, handle, display_name, password_hash, roles, version, created_at, erased_at,
	country, language, email_form, suspended_at, verified_at, guest`

type accounts struct{ tx *postgres.Tx }

func (s accounts) Insert(ctx context.Context, account domain.Account) error {
	a := account.Snapshot()
	_, err := postgres.Exec(ctx, s.tx, `INSERT INTO identity.accounts (`+accountColumns+`)
		VALUES (@id, @email, @handle, @display_name, @password_hash, @roles, @version, @created_at, @erased_at,
			@country, @language, @email_form, @suspended_at, @verified_at, @guest)`,
		accountValues(a, postgres.Named{"created_at": a.CreatedAt}))
	if postgres.IsUnique(err, "accounts_email") || postgres.IsUnique(err, "accounts_email_form") ||
		postgres.IsUnique(err, "accounts_handle") {
		return domain.ErrTaken
	}
	if err != nil {
		return fmt.Errorf("insert account: %w", err)
	}
	return nil
}

func (s accounts) Lock(ctx context.Context, accountID id.ID) (domain.Account, error) {
	return oneAccount(ctx, s.tx, `SELECT `+accountColumns+` FROM identity.accounts
		WHERE id = $1 AND erased_at IS NULL FOR UPDATE`, accountID)
}

func (s accounts) Update(ctx context.Context, account domain.Account) error {
	a := account.Snapshot()
	if a.Roles == nil {
		a.Roles = []string{}
	}
	n, err := postgres.Exec(ctx, s.tx, `UPDATE identity.accounts SET email = @email, handle = @handle,
		display_name = @display_name, password_hash = @password_hash, roles = @roles, erased_at = @erased_at,
		country = @country, language = @language, email_form = @email_form, suspended_at = @suspended_at,
		verified_at = @verified_at, guest = @guest, version = version + 1 WHERE id = @id AND version = @version`,
		accountValues(a, postgres.Named{}))
	switch {
	case postgres.IsUnique(err, "accounts_handle"):
		return domain.ErrHandleTaken
	case postgres.IsUnique(err, "accounts_email"), postgres.IsUnique(err, "accounts_email_form"):
		return domain.ErrTaken
	case err != nil:
		return fmt.Errorf("update account: %w", err)
	case n == 0:
		return domain.ErrStale
	}
	return nil
}

// accountValues adds the columns that Insert and Update both write to the values of a statement.
func accountValues(a domain.AccountSnapshot, values postgres.Named) postgres.Named {
	maps.Copy(values, postgres.Named{
		"id": a.ID, "version": a.Version, "email": orNull(a.Email), "handle": orNull(a.Handle),
		"display_name": a.DisplayName, "password_hash": a.PasswordHash, "roles": a.Roles, "erased_at": a.ErasedAt,
		"country": orNull(a.Country), "language": orNull(a.Language), "email_form": orNull(a.EmailForm),
		"suspended_at": a.SuspendedAt, "verified_at": a.VerifiedAt, "guest": a.Guest,
	})
	return values
}

func oneAccount(ctx context.Context, c postgres.Conn, query string, args ...any) (domain.Account, error) {
	row, found, err := postgres.One[accountRow](ctx, c, query, args...)
	if err != nil {
		return domain.Account{}, fmt.Errorf("select account: %w", err)
	}
	if !found {
		return domain.Account{}, domain.ErrAccountNotFound
	}
	return row.account(), nil
}

const sessionColumns = `s.id, s.account_id, s.client, s.created_at, s.last_used_at, s.expires_at, s.ended_at`

type sessions struct{ tx *postgres.Tx }

func (s sessions) Insert(ctx context.Context, session domain.Session, tokenHash []byte) error {
	_, err := postgres.Exec(ctx, s.tx, `WITH session AS (
			INSERT INTO identity.sessions (id, account_id, client, created_at, last_used_at, expires_at)
			VALUES (@id, @account_id, @client, @created_at, @created_at, @expires_at))
		INSERT INTO identity.refresh_tokens (hash, session_id, issued_at) VALUES (@hash, @id, @created_at)`,
		postgres.Named{
			"id": session.ID, "account_id": session.AccountID, "client": session.Client,
			"created_at": session.CreatedAt, "expires_at": session.ExpiresAt, "hash": tokenHash,
		})
	if err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	return nil
}

// LockByToken locks the session in a statement of its own, so that the snapshot of the next one is newer than the lock.
func (s sessions) LockByToken(
	ctx context.Context, tokenHash, successorHash []byte,
) (domain.Session, ports.TokenUse, error) {
	query := mutant.SQL("rotate-a-refresh-token-twice", `SELECT FROM identity.sessions WHERE id =
		(SELECT session_id FROM identity.refresh_tokens WHERE hash = $1) FOR UPDATE`, " FOR UPDATE", "")
	_, err := postgres.Exec(ctx, s.tx, query, tokenHash)
	if err != nil {
		return domain.Session{}, ports.TokenUse{}, fmt.Errorf("lock session: %w", err)
	}
	row, found, err := postgres.One[sessionRow](ctx, s.tx, `SELECT `+sessionColumns+`, t.used_at,
			EXISTS (
				SELECT FROM identity.refresh_tokens n
				WHERE n.hash = $2 AND n.session_id = s.id AND n.used_at IS NULL) AS successor_unused
		FROM identity.refresh_tokens t JOIN identity.sessions s ON s.id = t.session_id WHERE t.hash = $1`,
		tokenHash, successorHash)
	if err != nil {
		return domain.Session{}, ports.TokenUse{}, fmt.Errorf("select session: %w", err)
	}
	if !found {
		return domain.Session{}, ports.TokenUse{}, domain.ErrRefreshToken
	}
	return row.session(), ports.TokenUse{UsedAt: utc(row.UsedAt), SuccessorUnused: row.SuccessorUnused}, nil
}

func (s sessions) Rotate(ctx context.Context, session domain.Session, tokenHash []byte) error {
	_, err := postgres.Exec(ctx, s.tx,
		`UPDATE identity.refresh_tokens SET used_at = $2 WHERE session_id = $1 AND used_at IS NULL`,
		session.ID, session.LastUsedAt)
	if err != nil {
		return fmt.Errorf("use refresh token: %w", err)
	}
	_, err = postgres.Exec(ctx, s.tx, `WITH session AS (
			UPDATE identity.sessions SET last_used_at = @at, expires_at = @expires_at WHERE id = @id)
		INSERT INTO identity.refresh_tokens (hash, session_id, issued_at) VALUES (@hash, @id, @at)`,
		postgres.Named{
			"id": session.ID, "at": session.LastUsedAt, "expires_at": session.ExpiresAt, "hash": tokenHash,
		})
	if err != nil {
		return fmt.Errorf("rotate refresh token: %w", err)
	}
	return nil
}

func (s sessions) End(ctx context.Context, accountID, sessionID id.ID, at time.Time) error {
	n, err := postgres.Exec(ctx, s.tx, `UPDATE identity.sessions SET ended_at = $3
		WHERE account_id = $1 AND id = $2 AND ended_at IS NULL`, accountID, sessionID, at)
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if n == 0 {
		return domain.ErrSessionNotFound
	}
	return nil
}

func (s sessions) EndAll(ctx context.Context, accountID, except id.ID, at time.Time) error {
	_, err := postgres.Exec(ctx, s.tx, `UPDATE identity.sessions SET ended_at = $3
		WHERE account_id = $1 AND id <> $2 AND ended_at IS NULL`, accountID, except, at)
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

func (s sessions) StoreNetwork(ctx context.Context, accountID id.ID, network string, at time.Time) error {
	_, err := postgres.Exec(ctx, s.tx, `INSERT INTO identity.known_networks (account_id, network, seen_at)
		VALUES ($1, $2, $3)
		ON CONFLICT (account_id, network) DO UPDATE SET seen_at = EXCLUDED.seen_at`, accountID, network, at)
	if err != nil {
		return fmt.Errorf("upsert network: %w", err)
	}
	return nil
}

func (s sessions) Delete(ctx context.Context, accountID id.ID) error {
	_, err := postgres.Exec(ctx, s.tx, `DELETE FROM identity.known_networks WHERE account_id = $1`, accountID)
	if err != nil {
		return fmt.Errorf("delete networks: %w", err)
	}
	_, err = postgres.Exec(ctx, s.tx, `DELETE FROM identity.known_devices WHERE account_id = $1`, accountID)
	if err != nil {
		return fmt.Errorf("delete devices: %w", err)
	}
	_, err = postgres.Exec(ctx, s.tx, `DELETE FROM identity.sessions WHERE account_id = $1`, accountID)
	if err != nil {
		return fmt.Errorf("delete sessions: %w", err)
	}
	return nil
}
