package domain

import (
	"cmp"
	"slices"
	"time"

	"coinslot/modules/identity"
	"coinslot/platform/fault"
	"coinslot/platform/id"
)

// Account is a person's account.
type Account struct{ s AccountSnapshot }

// AccountSnapshot is the state of an account, for adapters.
type AccountSnapshot struct {
	ID           id.ID
	Email        string // as it was written, in lower case
	EmailForm    string // the canonical form, which is unique; empty when an older account has it
	Handle       string
	DisplayName  string
	Country      string // ISO 3166-1 alpha-2; empty for the store's
	Language     string // ISO 639-1; empty for the store's
	PasswordHash string
	Roles        []string
	Version      int64
	CreatedAt    time.Time
	SuspendedAt  *time.Time
	ErasedAt     *time.Time
	VerifiedAt   *time.Time // when the holder of the address confirmed it
	Guest        bool       // it has no address, no handle and no password until Register
}

// Registration is a command to create an account.
type Registration struct {
	Email       string
	Handle      string
	DisplayName string
	Country     string // empty for the store's
	Language    string // empty for the store's
	Password    string
}

// Check returns nil, or ErrInvalid with all violations. The store's names are reserved as handles.
func (r Registration) Check(store Names) error {
	f := checkEmail(ErrInvalid, r.Email)
	f = store.checkHandle(f, r.Handle)
	f = checkDisplayName(f, r.DisplayName)
	f = checkCountry(f, r.Country)
	f = checkLanguage(f, r.Language)
	f = checkPassword(f, "password", r.Password, r.Email, r.Handle)
	return orNil(f)
}

// NewAccount returns the account of a registration that Check accepts.
func NewAccount(accountID id.ID, r Registration, passwordHash string, now time.Time) Account {
	return Account{AccountSnapshot{
		ID: accountID, Email: Spelled(r.Email), EmailForm: EmailForm(r.Email), Handle: handleForm(r.Handle),
		DisplayName: displayName(r.DisplayName), Country: r.Country, Language: r.Language,
		PasswordHash: passwordHash, Roles: []string{identity.RoleCustomer}, Version: 1, CreatedAt: now,
	}}
}

// RestoreAccount returns an account with a stored state.
func RestoreAccount(s AccountSnapshot) Account {
	s.Roles = slices.Clone(s.Roles)
	return Account{s}
}

// Snapshot returns the state to store.
func (a Account) Snapshot() AccountSnapshot {
	s := a.s
	s.Roles = slices.Clone(s.Roles)
	return s
}

// ID returns the account's ID.
func (a Account) ID() id.ID { return a.s.ID }

// Suspended reports whether the account is suspended.
func (a Account) Suspended() bool { return a.s.SuspendedAt != nil }

// PasswordHash returns the stored hash.
func (a Account) PasswordHash() string { return a.s.PasswordHash }

// View returns the account's data for other modules.
func (a Account) View() identity.Account {
	return identity.Account{
		ID: a.s.ID, Email: a.s.Email, Handle: a.s.Handle, DisplayName: a.s.DisplayName,
		Country: a.s.Country, Language: a.s.Language, Roles: slices.Clone(a.s.Roles),
		CreatedAt: a.s.CreatedAt, Version: a.s.Version, Verified: a.Verified(), Guest: a.s.Guest,
	}
}

// Changes has the new values of an account. A nil value is not changed.
type Changes struct {
	DisplayName *string
	Handle      *string
	Country     *string
	Language    *string
}

// Change applies changes. It returns nil, or ErrInvalid with all violations; valid values are changed in both cases.
func (a *Account) Change(c Changes, store Names) error {
	f := ErrInvalid
	for _, m := range []struct {
		value  *string
		check  func(*fault.Error, string) *fault.Error
		target *string
		form   func(string) string
	}{
		{c.DisplayName, checkDisplayName, &a.s.DisplayName, displayName},
		{c.Handle, store.checkHandle, &a.s.Handle, handleForm},
		{c.Country, checkCountry, &a.s.Country, asWritten},
		{c.Language, checkLanguage, &a.s.Language, asWritten},
	} {
		if m.value == nil {
			continue
		}
		before := len(f.Fields)
		if f = m.check(f, *m.value); len(f.Fields) == before {
			*m.target = m.form(*m.value)
		}
	}
	return orNil(f)
}

// CheckNewPassword returns nil, or ErrInvalid when a password is not allowed.
func (a *Account) CheckNewPassword(password string) error {
	return orNil(checkPassword(ErrInvalid, "new_password", password, a.s.Email, a.s.Handle))
}

// ChangePassword replaces the password's hash.
func (a *Account) ChangePassword(hash string) { a.s.PasswordHash = hash }

// GrantRole adds a role. It returns ErrRole for an unknown one.
func (a *Account) GrantRole(role string) error {
	if role != identity.RoleCustomer && role != identity.RoleStaff {
		return ErrRole
	}
	if !slices.Contains(a.s.Roles, role) {
		a.s.Roles = append(a.s.Roles, role)
	}
	return nil
}

// RevokeRole removes a role. It returns ErrKeepRole for RoleCustomer and ErrRole for an unknown one.
func (a *Account) RevokeRole(role string) error {
	switch role {
	case identity.RoleCustomer:
		return ErrKeepRole
	case identity.RoleStaff:
		a.s.Roles = slices.DeleteFunc(a.s.Roles, func(r string) bool { return r == role })
		return nil
	}
	return ErrRole
}

// Suspend prevents sign-ins until Reinstate.
func (a *Account) Suspend(now time.Time) { a.s.SuspendedAt = cmp.Or(a.s.SuspendedAt, &now) }

// Reinstate ends the suspension.
func (a *Account) Reinstate() { a.s.SuspendedAt = nil }

// Erase removes all personal data. The ID remains, because invoices refer to it.
func (a *Account) Erase(now time.Time) {
	a.s.EmailForm = ""
	a.s.Email, a.s.Handle, a.s.DisplayName, a.s.PasswordHash = "", "", "", ""
	a.s.Country, a.s.Language = "", ""
	a.s.Roles, a.s.VerifiedAt, a.s.Guest = nil, nil, false
	a.s.ErasedAt = &now
}

func orNil(f *fault.Error) error {
	if len(f.Fields) == 0 {
		return nil
	}
	return f
}

func asWritten(s string) string { return s }
