package domain

import (
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
