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

// resolveOne has staff resolve a random order in manual review with a random action. The store rejects actions that the
// payment does not allow.
func (s *simulation) resolveOne() {
	if waiting := s.inReview(); len(waiting) > 0 {
		s.resolve(waiting[s.rng.IntN(len(waiting))])
	}
}

// resolveAll has staff try one action on every order in manual review.
func (s *simulation) resolveAll() {
	for _, o := range s.inReview() {
		s.resolve(o)
	}
}

func (s *simulation) inReview() []domain.Order {
	return slices.DeleteFunc(s.allOrders(), func(o domain.Order) bool { return !o.InReview() })
}

func (s *simulation) resolve(o domain.Order) {
	s.resolutions++
	c := service.ResolveOrder{
		StaffID: s.staff, OrderID: o.ID(), Action: s.action(o), Reason: "simulated",
		Key: fmt.Sprintf("resolution-%d", s.resolutions),
	}
	s.sendResolution(c, 4)
	if s.rng.IntN(4) == 0 { // a concurrent resolution
		s.resolutions++
		c.Action, c.Key = simActions[s.rng.IntN(len(simActions))], fmt.Sprintf("resolution-%d", s.resolutions)
		s.sendResolution(c, 4)
	}
}

// action returns a resolution: mostly release if the provider holds nothing for the order, else a random one.
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

// sendResolution sends a resolution and retries with the same key until the outcome is final.
func (s *simulation) sendResolution(c service.ResolveOrder, tries int) {
	if tries == 0 {
		return
	}
	retry := func() { s.provider.later(5*time.Second, func() { s.sendResolution(c, tries-1) }) }
	s.spawn("resolve", func(ctx context.Context, store *simStore) {
		_, err := store.Checkout.Resolve(ctx, c)
		if store.dead || retryable(err) {
			retry()
			return
		}
		if err == nil {
			s.events["resolution: "+string(c.Action)]++
		}
	}, retry)
}
