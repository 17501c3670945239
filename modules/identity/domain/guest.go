package domain

import (
	"slices"
	"time"

	"coinslot/modules/identity"
	"coinslot/platform/fault"
	"coinslot/platform/id"
)

// ErrRegistered is returned for the registration of an account that is not a guest's.
var ErrRegistered = fault.New(fault.Conflict, "already-registered", "the account is registered already")

// guestName is the display name of guests, for their invoices.
const guestName = "Guest"

// NewGuest returns the account of a guest.
func NewGuest(accountID id.ID, now time.Time) Account {
	return Account{AccountSnapshot{
		ID: accountID, DisplayName: guestName, Roles: []string{identity.RoleGuest}, Version: 1, CreatedAt: now, Guest: true,
	}}
}

// NewPendingAccount returns the account of a registration that Check accepts, without its address: a guest's account
// with a handle and a password. The holder of the address completes the registration with a link.
func NewPendingAccount(accountID id.ID, r Registration, passwordHash string, now time.Time) Account {
	guest := NewGuest(accountID, now)
	guest.await(r, passwordHash)
	return guest
}

// Await replaces the names and the password of a guest's account by those of a registration that Check accepts, until
// CompleteRegistration adds the address. It returns ErrRegistered for any other account.
func (a *Account) Await(r Registration, passwordHash string) error {
	if !a.s.Guest {
		return ErrRegistered
	}
	a.await(r, passwordHash)
	return nil
}

func (a *Account) await(r Registration, passwordHash string) {
	a.s.Handle, a.s.DisplayName = handleForm(r.Handle), displayName(r.DisplayName)
	a.s.Country, a.s.Language, a.s.PasswordHash = r.Country, r.Language, passwordHash
}

// Pending reports whether the account's registration awaits the confirmation of its address.
func (a Account) Pending() bool { return a.s.Guest && a.s.Handle != "" }

// CompleteRegistration gives a pending account the address that its holder has confirmed. It returns ErrLink for any
// other account.
func (a *Account) CompleteRegistration(address string, now time.Time) error {
	if !a.Pending() {
		return ErrLink
	}
	others := slices.DeleteFunc(slices.Clone(a.s.Roles), func(r string) bool { return r == identity.RoleGuest })
	a.s.Guest, a.s.Roles = false, append(others, identity.RoleCustomer)
	a.ChangeEmail(address, now)
	return nil
}

// Guest reports whether the account is a guest's.
func (a Account) Guest() bool { return a.s.Guest }

// Register makes a guest's account that of a registration which Check accepts. It returns ErrRegistered for any other
// account.
func (a *Account) Register(r Registration, passwordHash string) error {
	if !a.s.Guest {
		return ErrRegistered
	}
	registered := NewAccount(a.s.ID, r, passwordHash, a.s.CreatedAt)
	registered.s.Version = a.s.Version
	*a = registered
	return nil
}
