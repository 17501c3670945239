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
	// Insert adds an account. It returns ErrTaken when a living account has the same handle or form of its address.
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
	// LockByToken returns the session of a refresh token, what became of the token and of its successor, and keeps others
	// away; ErrRefreshToken when the token is unknown.
	LockByToken(ctx context.Context, tokenHash, successorHash []byte) (domain.Session, TokenUse, error)
	// Rotate marks the active token as used and stores its successor and the session's new times.
	Rotate(ctx context.Context, session domain.Session, tokenHash []byte) error
	// End ends one session of an account; ErrSessionNotFound when it is not the account's or has ended.
	End(ctx context.Context, accountID, sessionID id.ID, at time.Time) error
	// EndAll ends every session of an account but one, which may be id.Nil.
	EndAll(ctx context.Context, accountID, except id.ID, at time.Time) error
	// Know notes that an account has signed in on a network.
	Know(ctx context.Context, accountID id.ID, network string, at time.Time) error
	// Delete removes every trace of an account's sessions, and where it has signed in.
	Delete(ctx context.Context, accountID id.ID) error
}

// TokenUse is what became of a refresh token.
type TokenUse struct {
	UsedAt          *time.Time // nil: it is the active one
	SuccessorUnused bool       // its successor is the active one
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
	// ByLogin returns the living account whose address or handle is spelled so, else the one with that form of it;
	// ErrAccountNotFound.
	ByLogin(ctx context.Context, login domain.Login) (domain.Account, error)
	// Known returns when an account last signed in on a network, to the day; the zero time: never.
	Known(ctx context.Context, accountID id.ID, network string) (time.Time, error)
	// Formless returns the living accounts whose address has a form that an older account owns, the oldest first.
	Formless(ctx context.Context) ([]domain.Account, error)
	// Sessions returns an account's sessions that have not ended or expired at a moment, the newest first.
	Sessions(ctx context.Context, accountID id.ID, at time.Time) ([]domain.Session, error)
	// Holder returns the roles of the account behind a living session; ErrToken when it has ended or expired, or the account
	// is suspended.
	Holder(ctx context.Context, sessionID id.ID, at time.Time) (Holder, error)
}

// Holder is who holds a session.
type Holder struct {
	AccountID id.ID
	Roles     []string
}

// Attempts counts failed attempts across all replicas, outside of transactions.
type Attempts interface {
	// EmptyAt returns when buckets are empty again; those that are empty at now may be left out.
	EmptyAt(ctx context.Context, buckets []domain.Bucket, now time.Time) (map[domain.Bucket]time.Time, error)
	// Add adds attempts to their buckets.
	Add(ctx context.Context, attempts []domain.Attempt, now time.Time) error
}

// Upkeep is periodic maintenance.
type Upkeep interface {
	// Prune removes expired data.
	Prune(ctx context.Context, p Prune) error
	// AdoptForms gives the addresses that have no form theirs, those of older accounts first, unless another account has it.
	AdoptForms(ctx context.Context, form func(email string) string) error
}

// Prune says what is old.
type Prune struct {
	Now         time.Time // sessions that have ended or expired by now, and buckets that are empty
	UsedBefore  time.Time // refresh tokens that were used before
	KnownBefore time.Time // networks where an account last signed in before
}

// Lane is how urgent the hashing of a password is.
type Lane int

// The lanes. Known is for those who have signed in before where they are: a share of the hashing is theirs alone.
const (
	Anonymous Lane = iota
	Known
)

// Passwords hashes and checks passwords. Both may take long, and return a fault of kind Unavailable when too many
// callers wait.
type Passwords interface {
	Hash(ctx context.Context, lane Lane, password string) (string, error)
	// Verify compares a password with a hash; an empty hash costs as much and never matches.
	Verify(ctx context.Context, lane Lane, password, hash string) (bool, error)
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
	// Successor derives the refresh token that replaces another one, and returns it with the hash to keep. It is
	// deterministic, and cannot be computed without the key.
	Successor(token string) (next string, hash []byte)
	// HashRefreshToken returns the hash under which a token is kept.
	HashRefreshToken(token string) []byte
}
