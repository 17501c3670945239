// Package ports has the interfaces that identity requires. An erased account counts as not found.
package ports

import (
	"context"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/platform/id"
)

// Accounts stores accounts in a transaction.
type Accounts interface {
	// Insert inserts an account. It returns domain.ErrTaken when another account has the handle, the address, or its
	// canonical form.
	Insert(ctx context.Context, account domain.Account) error
	// Lock returns an account and locks it until the transaction ends. It returns domain.ErrAccountNotFound.
	Lock(ctx context.Context, accountID id.ID) (domain.Account, error)
	// Update stores an account with the next version. It returns domain.ErrStale when the stored version differs,
	// domain.ErrHandleTaken, and domain.ErrTaken when another account has the address.
	Update(ctx context.Context, account domain.Account) error
}

// Sessions stores sessions and the hashes of their refresh tokens in a transaction.
type Sessions interface {
	// Insert inserts a session with its first refresh token.
	Insert(ctx context.Context, session domain.Session, tokenHash []byte) error
	// LockByToken returns the session of a refresh token and the use of the token, and locks the session until the
	// transaction ends. It returns domain.ErrRefreshToken for an unknown token.
	LockByToken(ctx context.Context, tokenHash, successorHash []byte) (domain.Session, TokenUse, error)
	// Rotate marks the active token as used, and stores its successor and the session's new times.
	Rotate(ctx context.Context, session domain.Session, tokenHash []byte) error
	// End ends a session of an account. It returns domain.ErrSessionNotFound when the session is not the account's or has
	// ended.
	End(ctx context.Context, accountID, sessionID id.ID, at time.Time) error
	// EndAll ends all sessions of an account except one, which may be id.Nil.
	EndAll(ctx context.Context, accountID, except id.ID, at time.Time) error
	// StoreNetwork stores the time of an account's last sign-in on a network.
	StoreNetwork(ctx context.Context, accountID id.ID, network string, at time.Time) error
	// StoreDevice stores the time of an account's last sign-in with a device. It reports whether the device is new while
	// another one of the account is known.
	StoreDevice(ctx context.Context, accountID id.ID, device Device, at time.Time) (isNew bool, err error)
	// Delete deletes an account's sessions, refresh tokens, networks and devices.
	Delete(ctx context.Context, accountID id.ID) error
}

// TokenUse is the state of a refresh token.
type TokenUse struct {
	UsedAt          *time.Time // nil for the active token
	SuccessorUnused bool       // its successor is the active token
}

// Events publishes events to other modules in the transaction.
type Events interface {
	AccountErased(ctx context.Context, event identity.AccountErased) error
	MailRequested(ctx context.Context, event domain.MailRequested) error
}

// Stores share one transaction. They must not be used after Do's fn has returned.
type Stores struct {
	Accounts   Accounts
	Sessions   Sessions
	Links      Links
	Unverified Unverified
	Events     Events
}

// UnitOfWork runs fn in a transaction, which commits when fn returns nil and rolls back otherwise. It may call fn
// more than once, so fn must have no effect except through its stores.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Directory queries accounts and sessions without a transaction.
type Directory interface {
	// Account returns an account, or domain.ErrAccountNotFound.
	Account(ctx context.Context, accountID id.ID) (domain.Account, error)
	// ByLogin returns the account whose address or handle has the login's spelling, or else the one with its canonical
	// form. It returns domain.ErrAccountNotFound.
	ByLogin(ctx context.Context, login domain.Login) (domain.Account, error)
	// LastSignIn returns the time of an account's last sign-in on a network with a precision of one day, or the zero time.
	LastSignIn(ctx context.Context, accountID id.ID, network string) (time.Time, error)
	// WithoutEmailForm returns the accounts without a canonical form of their address, because an older account has it.
	// The oldest accounts come first.
	WithoutEmailForm(ctx context.Context) ([]domain.Account, error)
	// Sessions returns an account's sessions that have neither ended nor expired at a time, the newest first.
	Sessions(ctx context.Context, accountID id.ID, at time.Time) ([]domain.Session, error)
	// Holder returns the account of a session. It returns domain.ErrToken when the session has ended or expired, or the
	// account is suspended.
	Holder(ctx context.Context, sessionID id.ID, at time.Time) (Holder, error)
}

// Mailbox queries what mails need, without a transaction.
type Mailbox interface {
	// Link returns the link of a token's hash, or domain.ErrLink.
	Link(ctx context.Context, hash []byte) (domain.Link, error)
	// Expired returns unverified accounts that expire at a time or before, the earliest first.
	Expired(ctx context.Context, at time.Time, limit int) ([]id.ID, error)
	// Pending returns the account of the newest pending registration with an address. It returns
	// domain.ErrAccountNotFound.
	Pending(ctx context.Context, address string) (domain.Account, error)
}

// Holder is the account of a session, with its roles.
type Holder struct {
	AccountID id.ID
	Roles     []string
}

// Attempts stores the buckets of rate limits for all replicas, without a transaction.
type Attempts interface {
	// EmptyAt returns the times at which buckets are empty. It may omit those that are empty at now.
	EmptyAt(ctx context.Context, buckets []domain.Bucket, now time.Time) (map[domain.Bucket]time.Time, error)
	// Add adds attempts to their buckets, as domain.Attempt.Fill does. It is atomic for each bucket.
	Add(ctx context.Context, attempts []domain.Attempt, now time.Time) error
}

// Upkeep is periodic maintenance.
type Upkeep interface {
	// Prune deletes expired data.
	Prune(ctx context.Context, p Prune) error
	// BackfillEmailForms sets the canonical forms of addresses that have none, from the oldest account to the newest,
	// unless another account has the form.
	BackfillEmailForms(ctx context.Context, form func(email string) string) error
}

// Prune selects expired data.
type Prune struct {
	Now         time.Time // sessions that have ended or expired, links that have expired, and empty buckets
	UsedBefore  time.Time // refresh tokens that were used before
	KnownBefore time.Time // networks and devices whose last sign-in was before
}

// Lane is the priority class of password hashing.
type Lane int

// The lanes. Known is for accounts on networks where they have signed in before. It has reserved capacity.
const (
	Anonymous Lane = iota
	Known
)

// Passwords hashes and verifies passwords. Both methods wait for capacity. They return a fault of kind Unavailable
// when the lane's queue is full, or when ctx ends before.
type Passwords interface {
	// Hash returns a salted hash.
	Hash(ctx context.Context, lane Lane, password string) (string, error)
	// Verify reports whether a password has the hash. For an empty hash it takes the same time and returns false.
	Verify(ctx context.Context, lane Lane, password, hash string) (bool, error)
}

// Claims are the contents of an access token.
type Claims struct {
	AccountID id.ID
	SessionID id.ID
	ExpiresAt time.Time
}

// Tokens signs access tokens and generates refresh tokens.
type Tokens interface {
	// Sign returns a signed access token.
	Sign(claims Claims, now time.Time) (string, error)
	// Verify returns the claims of an access token, or domain.ErrToken when it is invalid, expired or of another issuer.
	Verify(token string, now time.Time) (Claims, error)
	// NewRefreshToken returns a random refresh token and its hash.
	NewRefreshToken() (token string, hash []byte)
	// Successor returns the refresh token that replaces another one, and its hash. It is deterministic, and cannot be
	// computed without the key.
	Successor(token string) (next string, hash []byte)
	// LinkToken returns the token of a link and its hash. It is deterministic, and cannot be computed without the key.
	LinkToken(linkID id.ID) (token string, hash []byte)
	// HashRefreshToken returns the hash of a refresh token or a link's token for storage.
	HashRefreshToken(token string) []byte
}
