// Package library turns library's published interface into checkout's port.
package library

import (
	"context"
	"errors"

	"coinslot/modules/checkout/domain"
	"coinslot/modules/library"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
)

// Library is the bridge.
type Library struct{ library library.Library }

// NewLibrary returns the bridge.
func NewLibrary(l library.Library) *Library { return &Library{l} }

// Owns returns which of these products an account owns.
func (l *Library) Owns(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]id.ID, error) {
	return l.library.Owns(ctx, accountID, productIDs)
}

// Grant gives what the lines of an order give that are not refused.
func (l *Library) Grant(ctx context.Context, order domain.Order) ([]id.ID, error) {
	s := order.Snapshot()
	grant := library.Grant{OrderID: s.ID, AccountID: s.AccountID}
	for _, line := range s.Lines {
		if line.Refused {
			continue
		}
		out := library.Line{LineID: line.ID}
		for _, p := range line.Gives {
			quantity := 1
			if p.Consumable {
				quantity = line.Quantity
			}
			out.Items = append(out.Items, library.Item{ProductID: p.ID, Consumable: p.Consumable, Quantity: quantity})
		}
		grant.Lines = append(grant.Lines, out)
	}
	if mutant.On("complete-without-a-grant") {
		grant.Lines = nil
	}
	granted, err := l.library.Grant(ctx, grant)
	if errors.Is(err, library.ErrAccountErased) {
		err = errors.Join(domain.ErrErased, err)
	}
	return granted.Refused, err
}

var accesses = map[domain.Access]library.Access{
	domain.Open: library.Full, domain.Suspended: library.Suspended,
	domain.Ended: library.Revoked,
}

// Adjust sets what an order granted to what its money says.
func (l *Library) Adjust(ctx context.Context, order domain.Order, adjustment domain.Adjustment) error {
	s := order.Snapshot()
	a := library.Adjustment{OrderID: s.ID, AccountID: s.AccountID, Access: accesses[adjustment.Access]}
	for _, r := range adjustment.Refunded {
		a.Refunded = append(a.Refunded, library.Refunded{Key: library.Key(r.Reference), Quantity: r.Quantity})
	}
	return l.library.Adjust(ctx, a)
}
