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

// simGrants is the library's unit of work, which notes the lines that were granted and those that gave nothing.
type simGrants struct{ sim *simulation }

// Do runs a transaction.
func (g simGrants) Do(ctx context.Context, fn func(context.Context, libraryports.Entitlements) error) error {
	var given []librarydomain.Entitlement
	err := g.sim.Library.Do(ctx, func(ctx context.Context, e libraryports.Entitlements) error {
		given = nil
		return fn(ctx, simEntitlements{e, &given})
	})
	if err == nil {
		g.sim.grant(given)
	}
	return err
}

type simEntitlements struct {
	libraryports.Entitlements
	given *[]librarydomain.Entitlement
}

// Insert adds entitlements.
func (e simEntitlements) Insert(ctx context.Context, entitlements []librarydomain.Entitlement) error {
	*e.given = append(*e.given, entitlements...)
	return e.Entitlements.Insert(ctx, entitlements)
}

// grant notes what was granted. A line gives nothing when the account owns all of it already.
func (s *simulation) grant(given []librarydomain.Entitlement) {
	for _, e := range given {
		s.granted[e.LineID] = s.granted[e.LineID] || e.Active()
	}
	for _, e := range given {
		if !s.granted[e.LineID] {
			s.barren = fmt.Errorf("line %s of order %s was granted and gave nothing", e.LineID, e.OrderID)
		}
	}
}

// checkLines: each line of an order adds something to what the other lines give. What was paid for was granted, or
// refunded.
func (s *simulation) checkLines(o domain.Order) error {
	lines := o.Snapshot().Lines
	for i, l := range lines {
		others := slices.Concat(lines[:i], lines[i+1:])
		if !slices.ContainsFunc(l.Gives, func(p domain.Part) bool { return p.Consumable || !gives(others, p.ID) }) {
			return fmt.Errorf("line %s of order %s adds nothing to its other lines", l.ID, o.ID())
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
			return fmt.Errorf("line %s of order %s, which is %s, gave nothing, and %d of its %s is refunded", l.ID, o.ID(),
				o.Status(), refunded, l.Total)
		}
	}
	return nil
}

func gives(lines []domain.Line, productID id.ID) bool {
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

// checkPrices: a line costs what its price version says, which was in force when the order was quoted, and is taxed as
// of then.
func (s *simulation) checkPrices(o domain.Order) error {
	snapshot := o.Snapshot()
	tax := s.Tax(snapshot.Country, snapshot.QuotedAt)
	for _, l := range snapshot.Lines {
		history, _ := s.Catalog.PriceHistory(context.Background(), l.SellableID, l.Unit.Currency())
		i := slices.IndexFunc(history, func(p catalogdomain.Price) bool { return p.Version == l.PriceVersion })
		if i < 0 || history[i].Money != l.Unit || history[i].ValidFrom.After(snapshot.QuotedAt) ||
			history[i].Withdrawn != nil {
			return fmt.Errorf("line %s of order %s costs %s at version %d, which is none of %+v", l.ID, o.ID(), l.Unit,
				l.PriceVersion, history)
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

// checkCart: what was bought is not in the cart any more.
func (s *simulation) checkCart(o domain.Order) error {
	if !o.Settled() {
		return nil
	}
	left, _ := s.stores[0].Cart.Lines(context.Background(), o.Snapshot().AccountID, o.CartLineIDs())
	if len(left) > 0 {
		return fmt.Errorf("order %s is completed, and its lines are still in the cart", o.ID())
	}
	return nil
}

// due returns the units that an order gives, as its money says by now.
func (s *simulation) due(o domain.Order) map[domain.Reference]int {
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
	for ref, units := range units(o) {
		out[ref] = units
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

// units are all the units that an order's lines give, but for those that were refused.
func units(o domain.Order) map[domain.Reference]int {
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

// owned is what an account owns: its products, and the units of consumables by the lines that gave them.
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

// checkLibrary: an account owns what its orders give, each product once. An order in review may still give what it
// gave. An erased account owns nothing.
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
			return fmt.Errorf("account %s has been erased, and owns %+v", b.account, list.Items)
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
			return fmt.Errorf("account %s owns %s, which none of its orders gives", b.account, productID)
		}
	}
	for ref, units := range has.units {
		if units != 0 {
			return fmt.Errorf("account %s owns %d units of %s, which line %s does not give", b.account, units,
				ref.ProductID, ref.LineID)
		}
	}
	return nil
}

// checkOwned checks what one order gives, and takes it off what the account has.
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
	for ref, units := range s.due(o) {
		allowed[ref.ProductID] = allowed[ref.ProductID] || units > 0
		if consumables[ref.ProductID] {
			has.units[ref] -= units
		} else if units > 0 && !has.products[ref.ProductID] {
			return fmt.Errorf("order %s gives %s, which may not be used", o.ID(), ref.ProductID)
		}
	}
	return nil
}
