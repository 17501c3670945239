// Package library turns library's published interface into checkout's port.
package library

import (
	"context"
	"errors"

	"coinslot/modules/checkout/domain"
	"coinslot/modules/library"
	"coinslot/platform/id"
)

// Library is the bridge.
type Library struct{ library library.Library }

// NewLibrary returns the bridge.
func NewLibrary(l library.Library) *Library { return &Library{l} }

// Owns returns which of these products an account owns.
func (l *Library) Owns(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]bool, error) {
	return l.library.Owns(ctx, accountID, productIDs)
}

// Grant gives what an order gives. What a bundle holds may be owned already; what is bought alone may not.
func (l *Library) Grant(ctx context.Context, order domain.Order) error {
	s := order.Snapshot()
	grant := library.Grant{OrderID: s.ID, AccountID: s.AccountID}
	for _, line := range s.Lines {
		for _, p := range line.Gives {
			quantity := 1
			if p.Consumable {
				quantity = line.Quantity
			}
			grant.Items = append(grant.Items, library.Item{
				LineID: line.ID, ProductID: p.ID, Consumable: p.Consumable, Quantity: quantity, Optional: line.Bundle,
			})
		}
	}
	err := l.library.Grant(ctx, grant)
	if errors.Is(err, library.ErrAlreadyOwned) {
		return errors.Join(domain.ErrAlreadyOwned, err)
	}
	return err
}

var accesses = map[domain.Access]library.Access{domain.Open: library.Full, domain.Suspended: library.Suspended, domain.Ended: library.Ended}

// Adjust makes what an order gave be as its money says.
func (l *Library) Adjust(ctx context.Context, order domain.Order, gone []domain.Reference, access domain.Access) error {
	s := order.Snapshot()
	a := library.Adjustment{OrderID: s.ID, AccountID: s.AccountID, Access: accesses[access]}
	for _, r := range gone {
		a.Refunded = append(a.Refunded, library.Key(r))
	}
	return l.library.Adjust(ctx, a)
}
