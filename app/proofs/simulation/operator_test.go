//go:build failpoints

package simulation_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/service"
)

var simActions = []checkout.Resolution{checkout.Accept, checkout.Refund, checkout.Release}

// operate lets staff resolve an order in manual review, if there is one: as they please, because the store refuses what
// the money does not allow.
func (s *simulation) operate() {
	if waiting := s.inReview(); len(waiting) > 0 {
		s.resolve(waiting[s.rng.IntN(len(waiting))])
	}
}

// operateAll lets staff make one decision about every order in manual review. It may be refused.
func (s *simulation) operateAll() {
	for _, o := range s.inReview() {
		s.resolve(o)
	}
}

func (s *simulation) inReview() []domain.Order {
	return slices.DeleteFunc(s.allOrders(), func(o domain.Order) bool { return !o.InReview() })
}

func (s *simulation) resolve(o domain.Order) {
	s.decisions++
	c := service.ResolveOrder{
		StaffID: s.staff, OrderID: o.ID(), Action: s.action(o), Reason: "simulated",
		Key: fmt.Sprintf("decision-%d", s.decisions),
	}
	s.decide(c, 4)
	if s.rng.IntN(4) == 0 { // a colleague decides at the same time
		s.decisions++
		c.Action, c.Key = simActions[s.rng.IntN(len(simActions))], fmt.Sprintf("decision-%d", s.decisions)
		s.decide(c, 4)
	}
}

// action is what staff decide: mostly to release an order for which the provider holds nothing, else anything.
func (s *simulation) action(o domain.Order) checkout.Resolution {
	held := int64(0)
	for _, c := range s.provider.chargesOf(o.ID()) {
		held += c.held()
	}
	if held == 0 && s.rng.IntN(3) > 0 {
		return checkout.Release
	}
	return simActions[s.rng.IntN(len(simActions))]
}

// decide sends one decision with one key, until the answer is clear.
func (s *simulation) decide(c service.ResolveOrder, tries int) {
	if tries == 0 {
		return
	}
	again := func() { s.provider.later(5*time.Second, func() { s.decide(c, tries-1) }) }
	s.spawn("resolve", func(ctx context.Context, store *simStore) {
		_, err := store.Checkout.Resolve(ctx, c)
		if store.dead || unfinishedBusiness(err) {
			again()
			return
		}
		if err == nil {
			s.events["resolution: "+string(c.Action)]++
		}
	}, again)
}
