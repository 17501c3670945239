// Package identity turns identity's published interface into checkout's port.
package identity

import (
	"context"

	"coinslot/modules/checkout/ports"
	"coinslot/modules/identity"
	"coinslot/platform/fault"
	"coinslot/platform/id"
)

// Buyers is the bridge.
type Buyers struct{ accounts identity.Accounts }

// NewBuyers returns the bridge.
func NewBuyers(accounts identity.Accounts) *Buyers { return &Buyers{accounts} }

// Buyer returns who an account is; found is false when it has been erased.
func (b *Buyers) Buyer(ctx context.Context, accountID id.ID) (ports.Buyer, bool, error) {
	account, err := b.accounts.Account(ctx, accountID)
	if fault.Is(err, fault.NotFound) {
		return ports.Buyer{}, false, nil
	}
	return ports.Buyer{
		Name: account.DisplayName, Email: account.Email, Country: account.Country, Language: account.Language,
		Verified: account.Verified,
	}, err == nil, err
}
