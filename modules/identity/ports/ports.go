// Package ports is what identity needs from outside, in its own words.
package ports

import (
	"context"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/platform/id"
)

// Accounts keeps accounts, inside a transaction.
type Accounts interface {
	// Insert adds an account. It returns ErrEmailTaken or ErrHandleTaken when a living account has the same.
	Insert(ctx context.Context, account domain.Account) error
	// Lock returns a living account and keeps other writers away until the transaction ends; ErrAccountNotFound.
	Lock(ctx context.Context, accountID id.ID) (domain.Account, error)
	// Update stores an account under the next version. It returns ErrStale when the stored version is another one,
	// and ErrHandleTaken.
	Update(ctx context.Context, account domain.Account) error
}

// Sessions keeps sessions and the hashes of their refresh tokens, inside a transaction.
type Sessions interface {
	// Insert adds a session with its first refresh token.
	Insert(ctx context.Context, session domain.Session, tokenHash []byte) error
	// LockByToken returns the session of a refresh token, whether that token has been used, and keeps others away;
	// ErrRefreshToken when the token is unknown.
	LockByToken(ctx context.Context, tokenHash []byte) (session domain.Session, used bool, err error)
	// Rotate marks the active token as used and stores its successor and the session's new times.
	Rotate(ctx context.Context, session domain.Session, tokenHash []byte) error
	// End ends one session of an account; ErrSessionNotFound when it is not the account's or has ended.
	End(ctx context.Context, accountID, sessionID id.ID, at time.Time) error
	// EndAll ends every session of an account but one, which may be id.Nil.
	EndAll(ctx context.Context, accountID, except id.ID, at time.Time) error
	// Delete removes every trace of an account's sessions.
	Delete(ctx context.Context, accountID id.ID) error
}

// News tells other modules, in the same transaction.
type News interface {
	AccountErased(ctx context.Context, event identity.AccountErased) error
}

// Stores share one transaction; they are invalid once Do's fn returns.
type Stores struct {
	Accounts Accounts
	Sessions Sessions
	News     News
}

// UnitOfWork commits when fn returns nil and rolls back otherwise. It may run fn more than once, so fn must have no
// effect but through its stores.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Directory answers questions outside of transactions.
type Directory interface {
	// Account returns a living account; ErrAccountNotFound.
	Account(ctx context.Context, accountID id.ID) (domain.Account, error)
	// ByLogin returns the living account with this address or handle, in lower case; ErrAccountNotFound.
	ByLogin(ctx context.Context, login string) (domain.Account, error)
	// Sessions returns an account's sessions that have not ended or expired at a moment, the newest first.
	Sessions(ctx context.Context, accountID id.ID, at time.Time) ([]domain.Session, error)
	// Holder returns the roles of the account behind a living session; ErrToken when it has ended or expired.
	Holder(ctx context.Context, sessionID id.ID, at time.Time) (Holder, error)
}

// Holder is who holds a session.
type Holder struct {
	AccountID id.ID
	Roles     []string
}

// Passwords hashes and checks passwords. Both may take long, and return a fault of kind Unavailable when too many
// callers wait.
type Passwords interface {
	Hash(ctx context.Context, password string) (string, error)
	// Verify compares a password with a hash; an empty hash costs as much and never matches.
	Verify(ctx context.Context, password, hash string) (bool, error)
}

// Claims are what an access token says.
type Claims struct {
	AccountID id.ID
	SessionID id.ID
	ExpiresAt time.Time
}

// Tokens signs access tokens and makes refresh tokens.
type Tokens interface {
	Sign(claims Claims, now time.Time) (string, error)
	// Verify returns ErrToken for a token that is not ours, not for us, or expired.
	Verify(token string, now time.Time) (Claims, error)
	// NewRefreshToken returns a token to give out and the hash to keep.
	NewRefreshToken() (token string, hash []byte)
	// HashRefreshToken returns the hash under which a token is kept.
	HashRefreshToken(token string) []byte
}
