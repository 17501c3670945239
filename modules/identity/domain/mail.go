package domain

import (
	"time"

	"coinslot/platform/fault"
	"coinslot/platform/id"
)

// MailKind is the kind of a mail about an account.
type MailKind string

// The kinds of mails. The first three have a link.
const (
	MailVerify          MailKind = "verify-address"
	MailReset           MailKind = "reset-password"
	MailChange          MailKind = "change-address"
	MailTaken           MailKind = "address-taken"
	MailPasswordChanged MailKind = "password-changed"
	MailAddressChanged  MailKind = "address-changed"
	MailNewDevice       MailKind = "new-device"
	MailErased          MailKind = "account-erased"
	// MailRegister has a link that completes a registration. Its text is that of MailVerify.
	MailRegister MailKind = "confirm-registration"
)

// MailKinds returns the kinds that have a text of their own.
func MailKinds() []MailKind {
	return []MailKind{
		MailVerify, MailReset, MailChange, MailTaken, MailPasswordChanged, MailAddressChanged, MailNewDevice, MailErased,
	}
}

// MailRequested is the event that a mail is due. It has no secret: the token of a link is derived when the mail is
// sent.
type MailRequested struct {
	Key       id.ID     `json:"key"` // of the mail and of its link
	Kind      MailKind  `json:"kind"`
	Address   string    `json:"address"`    // of the recipient
	AccountID id.ID     `json:"account_id"` // id.Nil: found by the address
	BoundTo   string    `json:"bound_to"`   // the account's address at the request, for MailChange
	Name      string    `json:"name"`       // for the greeting; empty: the address is not verified
	Language  string    `json:"language"`
	Client    string    `json:"client"` // that signed in, for MailNewDevice
	At        time.Time `json:"at"`
}

// Notice returns the mail that tells an account about a change. It goes to the account's present address.
func (a Account) Notice(key id.ID, kind MailKind, at time.Time) MailRequested {
	m := MailRequested{
		Key: key, Kind: kind, Address: a.s.Email, AccountID: a.s.ID, Language: a.s.Language, At: at,
	}
	if a.s.VerifiedAt != nil { // a stranger may have chosen the name of an unverified account
		m.Name = a.s.DisplayName
	}
	return m
}

// LinkPurpose is what a link in a mail does.
type LinkPurpose string

// The purposes of links.
const (
	LinkVerify LinkPurpose = "verify"
	LinkReset  LinkPurpose = "reset"
	LinkChange LinkPurpose = "change"
	// LinkRegister completes a registration.
	LinkRegister LinkPurpose = "register"
)

// LinkTTL is the time for which a link is valid after its mail was handed to the mail server.
const LinkTTL = time.Hour

// Link is a single-use link in a mail.
type Link struct {
	ID        id.ID
	Hash      []byte // of the token
	Purpose   LinkPurpose
	AccountID id.ID
	BoundTo   string // the account's address when the link was requested: the link ends when it changes
	Address   string // the address that the link confirms
	ExpiresAt time.Time
	UsedAt    *time.Time
}

// Usable returns ErrLink when a link was used or has expired, is for another purpose, or is of another address than the
// account's.
func (l Link) Usable(a Account, now time.Time, purposes ...LinkPurpose) error {
	for _, p := range purposes {
		if l.Purpose == p && l.UsedAt == nil && now.Before(l.ExpiresAt) && l.AccountID == a.s.ID &&
			l.BoundTo == a.s.Email {
			return nil
		}
	}
	return ErrLink
}

// The faults of mails and their links.
var (
	ErrLink = fault.New(fault.Invalid, "bad-link",
		"the link is invalid, used or expired, or the address has changed since; request a new one")
	ErrNoMail = fault.New(fault.Unavailable, "mail-not-configured",
		"this store sends no mail; its operator must set mail.smtp")
)

// Verified reports whether the holder of the address has confirmed it.
func (a Account) Verified() bool { return a.s.VerifiedAt != nil }

// Verify records that the holder of the address has confirmed it.
func (a *Account) Verify(now time.Time) {
	if a.s.VerifiedAt == nil {
		a.s.VerifiedAt = &now
	}
}

// ChangeEmail replaces the address by one that its holder has confirmed.
func (a *Account) ChangeEmail(address string, now time.Time) {
	a.s.Email, a.s.EmailForm, a.s.VerifiedAt = Spelled(address), EmailForm(address), &now
}

// CheckNewEmail returns nil, or ErrInvalid when a text is not an e-mail address.
func CheckNewEmail(address string) error { return orNil(checkEmail(ErrInvalid, address)) }

// Language returns the account's language, or empty for the store's.
func (a Account) Language() string { return a.s.Language }

// Email returns the account's address in lower case.
func (a Account) Email() string { return a.s.Email }
