package postgres

import (
	"time"

	"coinslot/modules/identity/domain"
	"coinslot/platform/id"
)

type accountRow struct {
	ID           id.ID
	Email        *string
	Handle       *string
	DisplayName  string
	PasswordHash string
	Roles        []string `bun:",array"`
	Version      int64
	CreatedAt    time.Time
	ErasedAt     *time.Time
	Country      *string
	Language     *string
	EmailForm    *string
	SuspendedAt  *time.Time
	VerifiedAt   *time.Time
	Guest        bool
}

// columns are where accountColumns go.
func (r *accountRow) columns() []any {
	return []any{
		&r.ID, &r.Email, &r.Handle, &r.DisplayName, &r.PasswordHash, &r.Roles, &r.Version, &r.CreatedAt, &r.ErasedAt,
		&r.Country, &r.Language, &r.EmailForm, &r.SuspendedAt, &r.VerifiedAt, &r.Guest,
	}
}

func (r accountRow) account() domain.Account {
	return domain.RestoreAccount(domain.AccountSnapshot{
		ID: r.ID, Email: deref(r.Email), EmailForm: deref(r.EmailForm), Handle: deref(r.Handle),
		DisplayName: r.DisplayName, PasswordHash: r.PasswordHash, Roles: r.Roles, Version: r.Version,
		CreatedAt: r.CreatedAt.UTC(), ErasedAt: r.ErasedAt, SuspendedAt: utc(r.SuspendedAt),
		Country: deref(r.Country), Language: deref(r.Language), VerifiedAt: utc(r.VerifiedAt),
		Guest: r.Guest,
	})
}

func utc(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	utc := at.UTC()
	return &utc
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

type sessionRow struct {
	ID         id.ID
	AccountID  id.ID
	Client     string
	CreatedAt  time.Time
	LastUsedAt time.Time
	ExpiresAt  time.Time
	EndedAt    *time.Time
	// LockByToken also selects the use of the token and of its successor.
	UsedAt          *time.Time
	SuccessorUnused bool
}

func (r sessionRow) session() domain.Session {
	return domain.Session{
		ID: r.ID, AccountID: r.AccountID, Client: r.Client, CreatedAt: r.CreatedAt.UTC(),
		LastUsedAt: r.LastUsedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), EndedAt: r.EndedAt,
	}
}

type holderRow struct {
	AccountID id.ID
	Roles     []string `bun:",array"`
}
