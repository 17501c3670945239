//go:build failpoints

package simulation_test

import (
	"context"
	"fmt"
	"slices"

	"coinslot/modules/billing"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"
	"coinslot/platform/page"

	catalogdomain "coinslot/modules/catalog/domain"
	librarydomain "coinslot/modules/library/domain"
	libraryports "coinslot/modules/library/ports"
)

// simGrants wraps the library's writers and records the granted order lines.
type simGrants struct{ sim *simulation }

// Do runs a transaction and records its grants after the commit.
func (g simGrants) Do(ctx context.Context, fn func(context.Context, libraryports.Entitlements) error) error {
	var inserted []librarydomain.Entitlement
	err := g.sim.Library.Do(ctx, func(ctx context.Context, e libraryports.Entitlements) error {
		inserted = nil
		return fn(ctx, simEntitlements{e, &inserted})
	})
	if err == nil {
		g.sim.recordGrants(inserted)
	}
	return err
}

// InsertFirst inserts entitlements at once and records them.
func (g simGrants) InsertFirst(ctx context.Context, accountID, orderID id.ID,
	entitlements []librarydomain.Entitlement,
) (bool, error) {
	inserted, err := g.sim.Library.InsertFirst(ctx, accountID, orderID, entitlements)
	if inserted {
		g.sim.recordGrants(entitlements)
	}
	return inserted, err
}

type simEntitlements struct {
	libraryports.Entitlements
	inserted *[]librarydomain.Entitlement
}

// Insert inserts entitlements.
func (e simEntitlements) Insert(ctx context.Context, entitlements []librarydomain.Entitlement) error {
	*e.inserted = append(*e.inserted, entitlements...)
	return e.Entitlements.Insert(ctx, entitlements)
}

// recordGrants records the lines of new entitlements. A line with no active entitlement is an empty grant.
func (s *simulation) recordGrants(inserted []librarydomain.Entitlement) {
	for _, e := range inserted {
		s.granted[e.LineID] = s.granted[e.LineID] || e.Active()
	}
	for _, e := range inserted {
		if !s.granted[e.LineID] {
			s.emptyGrant = fmt.Errorf("line %s of order %s was granted without an active entitlement", e.LineID, e.OrderID)
		}
	}
}

// checkLines checks that each line of an order adds a product or a consumable to the other lines, and that each paid
// line was granted or refunded.
func (s *simulation) checkLines(o domain.Order) error {
	lines := o.Snapshot().Lines
	for i, l := range lines {
		others := slices.Concat(lines[:i], lines[i+1:])
		if !slices.ContainsFunc(l.Gives, func(p domain.Part) bool { return p.Consumable || !contains(others, p.ID) }) {
			return fmt.Errorf("line %s of order %s adds nothing to the other lines", l.ID, o.ID())
		}
		if !o.Settled() || (s.granted[l.ID] && !l.Refused) {
			continue
		}
		refunded := int64(0)
		for _, r := range s.refundsOf(o) {
			for _, part := range r.Lines {
				if part.LineID == l.ID {
					refunded += part.Amount.Amount()
				}
			}
		}
		if !l.Refused || refunded != l.Total.Amount() {
			return fmt.Errorf("line %s of order %s (%s) was not granted, and %d of %s is refunded", l.ID, o.ID(),
				o.Status(), refunded, l.Total)
		}
	}
	return nil
}

func contains(lines []domain.Line, productID id.ID) bool {
	return slices.ContainsFunc(lines, func(l domain.Line) bool {
		return slices.ContainsFunc(l.Gives, func(p domain.Part) bool { return p.ID == productID })
	})
}

func (s *simulation) refundsOf(o domain.Order) (out []billing.Refund) {
	summaries, _ := s.Billing.Summaries(context.Background(), []id.ID{o.ID()})
	for _, r := range summaries[o.ID()].Refunds {
		if r.Status == billing.RefundSucceeded {
			out = append(out, r)
		}
	}
	return out
}

// checkPrices checks that each line has the price of its version, that this version was in force at the quote, and that
// the tax rate is that of the quote.
func (s *simulation) checkPrices(o domain.Order) error {
	snapshot := o.Snapshot()
	tax := s.Tax(snapshot.Country, snapshot.QuotedAt)
	for _, l := range snapshot.Lines {
		history, _ := s.Catalog.PriceHistory(context.Background(), l.SellableID, l.Unit.Currency())
		i := slices.IndexFunc(history, func(p catalogdomain.Price) bool { return p.Version == l.PriceVersion })
		if i < 0 || history[i].Money != l.Unit || history[i].ValidFrom.After(snapshot.QuotedAt) ||
			history[i].Withdrawn != nil {
			return fmt.Errorf("line %s of order %s has the unit price %s at version %d, which does not match %+v",
				l.ID, o.ID(), l.Unit, l.PriceVersion, history)
		}
		for _, p := range history {
			later := p.ValidFrom.After(history[i].ValidFrom) && !p.ValidFrom.After(snapshot.QuotedAt)
			if later && p.CreatedAt.Before(snapshot.QuotedAt) && p.Withdrawn == nil {
				return fmt.Errorf("line %s of order %s was sold at version %d when version %d was in force", l.ID, o.ID(),
					l.PriceVersion, p.Version)
			}
		}
		for _, p := range l.Gives {
			if p.Rate != tax.Rates[p.Kind] || snapshot.TaxIncluded != tax.Included {
				return fmt.Errorf("%s of order %s is taxed at %d instead of %d", p.Kind, o.ID(), p.Rate, tax.Rates[p.Kind])
			}
		}
	}
	return nil
}

// checkCart checks that bought lines are no longer in the cart.
func (s *simulation) checkCart(o domain.Order) error {
	if !o.Settled() {
		return nil
	}
	left, _ := s.stores[0].Cart.Lines(context.Background(), o.Snapshot().AccountID, o.CartLineIDs())
	if len(left) > 0 {
		return fmt.Errorf("order %s is settled, and its lines are still in the cart", o.ID())
	}
	return nil
}

// expectedUnits returns the units that an order entitles to after its refunds and disputes.
func (s *simulation) expectedUnits(o domain.Order) map[domain.Reference]int {
	out, refunded := map[domain.Reference]int{}, map[domain.Reference]domain.Refunded{}
	if !o.Settled() || o.Dispute().Access() != domain.Open {
		return out
	}
	for _, r := range s.refundsOf(o) {
		for _, l := range r.Lines {
			ref := domain.Reference{LineID: l.LineID, ProductID: l.ProductID}
			refunded[ref] = domain.Refunded{
				Amount: refunded[ref].Amount + l.Amount.Amount(), Quantity: refunded[ref].Quantity + l.Quantity,
			}
		}
	}
	for ref, n := range grantedUnits(o) {
		out[ref] = n
	}
	adjustment, _ := o.ApplyPayment(domain.Payment{
		Revision: o.Snapshot().PaymentRevision, Attempt: o.Snapshot().Attempt, Outcome: domain.Captured,
		Captured: s.summaryOf(o).State.Captured, Refunded: refunded, Dispute: o.Dispute(),
	}, s.clock.Now())
	if adjustment == nil {
		return out
	}
	for _, u := range adjustment.Refunded {
		out[u.Reference] -= u.Quantity
	}
	return out
}

// grantedUnits returns the units of an order's lines, without refused lines.
func grantedUnits(o domain.Order) map[domain.Reference]int {
	out := map[domain.Reference]int{}
	for _, l := range o.Snapshot().Lines {
		for _, p := range l.Gives {
			switch {
			case l.Refused:
			case p.Consumable:
				out[domain.Reference{LineID: l.ID, ProductID: p.ID}] = l.Quantity
			default:
				out[domain.Reference{LineID: l.ID, ProductID: p.ID}] = 1
			}
		}
	}
	return out
}

// owned is what an account owns: products, and units of consumables by order line.
type owned struct {
	products map[id.ID]bool
	units    map[domain.Reference]int
}

func (o *owned) add(e librarydomain.Entitlement) {
	if e.Consumable {
		o.units[domain.Reference{LineID: e.LineID, ProductID: e.ProductID}] += e.Left()
		return
	}
	o.products[e.ProductID] = true
}

// checkLibrary checks that an account owns exactly what its orders entitle to, each product once, and an erased account
// nothing. Orders in review may keep their entitlements.
func (s *simulation) checkLibrary(b *simBuyer) error {
	has := owned{map[id.ID]bool{}, map[domain.Reference]int{}}
	list, _ := s.Library.List(context.Background(), b.account, page.Request{Limit: 100})
	for _, e := range list.Items {
		if has.products[e.ProductID] {
			return fmt.Errorf("account %s owns %s twice", b.account, e.ProductID)
		}
		has.add(e)
	}
	if s.erased[b.account] {
		if len(list.Items) > 0 {
			return fmt.Errorf("erased account %s owns %+v", b.account, list.Items)
		}
		return nil
	}
	allowed := map[id.ID]bool{}
	for _, o := range s.ordersOf(b) {
		if err := s.checkOwned(o, has, allowed); err != nil {
			return err
		}
	}
	for productID := range has.products {
		if !allowed[productID] {
			return fmt.Errorf("account %s owns %s, to which none of its orders entitles", b.account, productID)
		}
	}
	for ref, units := range has.units {
		if units != 0 {
			return fmt.Errorf("account %s owns %d unexpected units of %s from line %s", b.account, units,
				ref.ProductID, ref.LineID)
		}
	}
	return nil
}

// checkOwned checks the entitlements of one order and subtracts its units from has.
func (s *simulation) checkOwned(o domain.Order, has owned, allowed map[id.ID]bool) error {
	consumables := map[id.ID]bool{}
	for _, l := range o.Snapshot().Lines {
		for _, p := range l.Gives {
			consumables[p.ID] = p.Consumable
			allowed[p.ID] = allowed[p.ID] || o.Snapshot().Review.Fulfilled || (o.InReview() && o.Begun() && !o.GrantRefused())
			if o.InReview() {
				delete(has.units, domain.Reference{LineID: l.ID, ProductID: p.ID})
			}
		}
	}
	for ref, units := range s.expectedUnits(o) {
		allowed[ref.ProductID] = allowed[ref.ProductID] || units > 0
		if consumables[ref.ProductID] {
			has.units[ref] -= units
		} else if units > 0 && !has.products[ref.ProductID] {
			return fmt.Errorf("order %s entitles to %s, which the account does not own", o.ID(), ref.ProductID)
		}
	}
	return nil
}
