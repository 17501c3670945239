package ports

import (
	"context"
	"time"

	"coinslot/modules/identity/domain"
	"coinslot/platform/id"
)

// Links stores the single-use links of mails in a transaction.
type Links interface {
	// Put inserts a link. If its ID exists, it replaces the hash and the expiry. It returns domain.ErrLink when that link
	// was used.
	Put(ctx context.Context, link domain.Link) error
	// Use marks a link as used. It returns domain.ErrLink when it was used before or does not exist.
	Use(ctx context.Context, linkID id.ID, at time.Time) error
	// Delete deletes all links of an account.
	Delete(ctx context.Context, accountID id.ID) error
}

// Unverified stores when unverified accounts expire, in a transaction.
type Unverified interface {
	// Expire sets the time at which an account expires. Address is that of a pending registration; an empty one
	// leaves the stored address, if there is one.
	Expire(ctx context.Context, accountID id.ID, address string, at time.Time) error
	// Keep removes it. It does nothing for an account that does not expire.
	Keep(ctx context.Context, accountID id.ID) error
}

// Device identifies the client and the network of a sign-in by a hash, without personal data.
type Device = domain.Bucket

// Mail is a mail to send.
type Mail struct {
	Key      id.ID // of all attempts to send it
	Kind     domain.MailKind
	Address  string
	Name     string // for the greeting; empty: none
	Language string
	Token    string // of the link; empty: the mail has none
	Client   string // that signed in
	At       time.Time
}

// Mailer sends mails.
type Mailer interface {
	// Send sends a mail at least once. The attempts to send one mail can be recognized by its key.
	Send(ctx context.Context, mail Mail) error
}
