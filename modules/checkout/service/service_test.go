package service_test

import (
	"errors"
	"sync"
	"testing"

	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/service"
	"coinslot/platform/id"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"

	catalogdomain "coinslot/modules/catalog/domain"
)

var pageOfAll = page.Request{Limit: 100}

var errBroken = errors.New("broken")

func TestCheckout_ChargesGrantsAndClears(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	game, other := w.game("Game", 1000), w.game("Other", 500)
	line, _ := w.put(game, false, 1), w.put(other, false, 1)
	view := w.place(w.order("k", "pm_ok", line))
	require.Equal(t, checkout.Completed, view.Order.Status)
	require.Equal(t, "captured", string(view.Payment.State.Status))
	require.NotNil(t, view.Payment.Invoice)
	require.True(t, w.owns(game))
	require.False(t, w.owns(other))
	require.Equal(t, 1, w.inCart())
	require.Nil(t, view.Order.AdvancingUntil)
	found, err := w.Checkout.Order(t.Context(), w.buyer, view.Order.ID)
	require.NoError(t, err)
	require.Equal(t, view, found)
	listed, err := w.Checkout.List(t.Context(), w.buyer, page.Request{})
	require.NoError(t, err)
	require.Equal(t, []service.View{view}, listed.Items)
	_, err = w.Checkout.Order(t.Context(), id.V7{}.NewID(), view.Order.ID)
	require.ErrorIs(t, err, domain.ErrNoOrder)
}

func TestCheckout_SameKey_IsTheSameOrder(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	c := w.order("k", "pm_ok", w.put(w.game("Game", 1000), false, 1))
	first := w.place(c)
	again := w.place(c)
	require.True(t, again.Replayed)
	require.Equal(t, first.Order.ID, again.Order.ID)
	require.Equal(t, 1, w.provider.Captured())
	late, err := w.stores.Checkout.Claim(t.Context(), first.Order.ID, w.clock.Now())
	require.NoError(t, err)
	require.Equal(t, checkout.Completed, w.place(c).Order.Status, "late news of a finished order keeps nobody waiting")
	require.NoError(t, w.stores.Checkout.Save(t.Context(), late), "and a replay leaves the lease to whom it belongs")
	c.Method = "pm_other"
	_, err = w.Checkout.Place(t.Context(), c)
	require.ErrorIs(t, err, domain.ErrKeyReused)
}

func TestCheckout_ParallelCallsWithOneKey_ChargeOnce(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	c := w.order("k", "pm_ok", w.put(w.game("Game", 1000), false, 1))
	results := make([]error, 16)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() { _, results[i] = w.Checkout.Place(t.Context(), c) })
	}
	group.Wait()
	for _, err := range results {
		if err != nil {
			require.ErrorIs(t, err, domain.ErrAdvancing)
		}
	}
	require.Equal(t, checkout.Completed, w.place(c).Order.Status)
	require.Equal(t, 1, w.provider.Captured())
}

func TestCheckout_ParallelCallsWithOwnKeys_BuyOnce(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	c := w.order("", "pm_ok", w.put(w.game("Game", 1000), false, 1))
	results := make([]error, 16)
	var group sync.WaitGroup
	for i := range results {
		mine := c
		mine.Key = string(rune('a' + i))
		group.Go(func() { _, results[i] = w.Checkout.Place(t.Context(), mine) })
	}
	group.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		require.True(t, errors.Is(err, domain.ErrCheckedOut) || errors.Is(err, domain.ErrAlreadyOwned), err)
	}
	require.Equal(t, 1, won)
	require.Equal(t, 1, w.provider.Captured())
}

func TestCheckout_Declined_LeavesTheCartAndMayBeRetried(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	game := w.game("Game", 1000)
	line := w.put(game, false, 1)
	view := w.place(w.order("k", "pm_declined", line))
	require.Equal(t, checkout.Declined, view.Order.Status)
	require.Equal(t, "card_declined", view.Payment.Payment.DeclineCode)
	require.Equal(t, 1, w.inCart())
	again, err := w.pay(view.Order.ID, "k2", "pm_expired_card")
	require.NoError(t, err)
	require.Equal(t, checkout.Declined, again.Order.Status)
	paid, err := w.pay(view.Order.ID, "k3", "pm_ok")
	require.NoError(t, err)
	require.Equal(t, checkout.Completed, paid.Order.Status)
	require.Equal(t, 3, paid.Order.Attempt)
	require.Zero(t, w.inCart())
	replay, err := w.pay(view.Order.ID, "k3", "pm_ok")
	require.NoError(t, err)
	require.True(t, replay.Replayed)
	_, err = w.pay(view.Order.ID, "k4", "pm_ok")
	require.ErrorIs(t, err, domain.ErrNotPayable)
	_, err = w.pay(id.V7{}.NewID(), "k5", "pm_ok")
	require.ErrorIs(t, err, domain.ErrNoOrder)
}

func TestRetry_OwnedOrReservedMeanwhile_IsRefused(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	line := w.put(w.game("Game", 1000), false, 1)
	declined := w.place(w.order("k", "pm_declined", line))
	pending := w.place(w.order("k2", "pm_unclear", line))
	require.Equal(t, checkout.Processing, pending.Order.Status)
	_, err := w.pay(declined.Order.ID, "k3", "pm_ok")
	require.ErrorIs(t, err, domain.ErrCheckedOut)

	w = newFixture(t)
	line = w.put(w.game("Game", 1000), false, 1)
	declined = w.place(w.order("k", "pm_declined", line))
	w.place(w.order("k2", "pm_ok", line))
	_, err = w.pay(declined.Order.ID, "k3", "pm_ok")
	require.ErrorIs(t, err, domain.ErrAlreadyOwned)
}

func TestCheckout_UnknownOutcome_BlocksOtherAttempts(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	c := w.order("k", "pm_unclear", w.put(w.game("Game", 1000), false, 1))
	view := w.place(c)
	require.Equal(t, checkout.Processing, view.Order.Status)
	_, err := w.Checkout.Cancel(t.Context(), w.buyer, view.Order.ID)
	require.ErrorIs(t, err, domain.ErrInProgress)
	_, err = w.pay(view.Order.ID, "k2", "pm_ok")
	require.ErrorIs(t, err, domain.ErrInProgress)
	require.Equal(t, checkout.Processing, w.place(c).Order.Status)
	require.NoError(t, w.Checkout.EraseAccount(t.Context(), w.buyer), "it runs to its end without its buyer")
	require.Equal(t, 1, w.inCart())
}

func TestCheckout_RequiresAction_CompletesOrIsCanceled(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	game, other := w.game("Game", 1000), w.game("Other", 700)
	view := w.place(w.order("k", "pm_confirm", w.put(game, false, 1)))
	require.Equal(t, checkout.RequiresAction, view.Order.Status)
	require.NotEmpty(t, view.Payment.Payment.ActionURL)
	w.provider.Confirm()
	require.NoError(t, w.Checkout.Advance(t.Context(), view.Order.ID))
	require.True(t, w.owns(game))
	require.NoError(t, w.Checkout.Advance(t.Context(), view.Order.ID), "news may come twice")
	require.ErrorIs(t, w.Checkout.Advance(t.Context(), id.V7{}.NewID()), domain.ErrNoOrder)

	line := w.put(other, false, 1)
	c := w.order("k2", "pm_confirm", line)
	view = w.place(c)
	canceled, err := w.Checkout.Cancel(t.Context(), w.buyer, view.Order.ID)
	require.NoError(t, err)
	require.Equal(t, checkout.Canceled, canceled.Order.Status)
	again, err := w.Checkout.Cancel(t.Context(), w.buyer, view.Order.ID)
	require.NoError(t, err)
	require.Equal(t, checkout.Canceled, again.Order.Status)
	_, err = w.Checkout.Place(t.Context(), c)
	require.ErrorIs(t, err, domain.ErrCanceled)
	require.Equal(t, checkout.Completed, w.place(w.order("k3", "pm_ok", line)).Order.Status)
	_, err = w.Checkout.Cancel(t.Context(), w.buyer, id.V7{}.NewID())
	require.ErrorIs(t, err, domain.ErrNoOrder)
}

func TestCancel_CompletedOrder_IsRefused(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	view := w.place(w.order("k", "pm_ok", w.put(w.game("Game", 1000), false, 1)))
	_, err := w.Checkout.Cancel(t.Context(), w.buyer, view.Order.ID)
	require.ErrorIs(t, err, domain.ErrNotCancelable)
}

func TestAdvance_FailureAfterCharge_ResumesWithoutSecondCharge(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	game := w.game("Game", 1000)
	c := w.order("k", "pm_ok", w.put(game, false, 1))
	w.failing.grant = errBroken
	_, err := w.Checkout.Place(t.Context(), c)
	require.ErrorIs(t, err, errBroken)
	w.failing.grant, w.failing.remove = nil, errBroken
	_, err = w.Checkout.Place(t.Context(), c)
	require.ErrorIs(t, err, errBroken)
	require.True(t, w.owns(game))
	w.failing.remove = nil
	view := w.place(c)
	require.True(t, view.Replayed)
	require.Equal(t, checkout.Completed, view.Order.Status)
	require.Equal(t, 1, w.provider.Captured())
	require.Zero(t, w.inCart())
}

func TestAdvance_Crashed_IsResumedAfterItsLease(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	c := w.order("k", "pm_unclear", w.put(w.game("Game", 1000), false, 1))
	view := w.place(c)
	_, err := w.stores.Checkout.Claim(t.Context(), view.Order.ID, w.clock.Now())
	require.NoError(t, err)
	_, err = w.Checkout.Place(t.Context(), c)
	require.ErrorIs(t, err, domain.ErrAdvancing)
	_, err = w.Checkout.Cancel(t.Context(), w.buyer, view.Order.ID)
	require.ErrorIs(t, err, domain.ErrAdvancing)
	w.clock.Advance(domain.Lease)
	require.Equal(t, checkout.Processing, w.place(c).Order.Status)
}

func TestAdvance_ErasedBuyer_IsNotCharged(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	w.erased = true
	view := w.place(w.order("k", "pm_ok", w.put(w.game("Game", 1000), false, 1)))
	require.Equal(t, checkout.Canceled, view.Order.Status)
	require.Zero(t, w.provider.Calls())
}

func TestEraseAccount_CancelsUnpaidOrders(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	declined := w.place(w.order("k", "pm_declined", w.put(w.game("Game", 1000), false, 1)))
	require.NoError(t, w.Checkout.EraseAccount(t.Context(), w.buyer))
	view, err := w.Checkout.Order(t.Context(), w.buyer, declined.Order.ID)
	require.NoError(t, err)
	require.Equal(t, checkout.Canceled, view.Order.Status)
}

func TestCheckout_Bundle_GrantsWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	game := w.game("Game", 1000)
	dlc := w.sell(catalogdomain.Draft{Title: "More", Kind: catalog.DLC, Requires: game}, 500)
	gems := w.sell(catalogdomain.Draft{Title: "Gems", Kind: catalog.Consumable}, 100)
	bundle := w.sell(catalogdomain.Draft{Title: "All", Kind: catalog.Bundle, Contents: []id.ID{game, dlc, gems}}, 1200)

	_, err := w.Checkout.Place(t.Context(), w.order("k", "pm_ok", w.put(dlc, false, 1)))
	require.ErrorIs(t, err, domain.ErrMissingBaseGame)
	w.place(w.order("k2", "pm_ok", w.put(game, false, 1)))
	view := w.place(w.order("k3", "pm_ok", w.put(bundle, true, 1)))
	require.Equal(t, checkout.Completed, view.Order.Status)
	require.True(t, w.owns(dlc))
	require.Equal(t, checkout.Completed, w.place(w.order("k4", "pm_ok", w.put(gems, false, 5))).Order.Status)

	pair := w.sell(catalogdomain.Draft{Title: "Pair", Kind: catalog.Bundle, Contents: []id.ID{game, dlc}}, 1100)
	_, err = w.Checkout.Place(t.Context(), w.order("k5", "pm_ok", w.put(pair, true, 1)))
	require.ErrorIs(t, err, domain.ErrAlreadyOwned)
}

func TestCheckout_OtherTotal_IsRefused(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	game := w.game("Game", 1000)
	c := w.order("k", "pm_ok", w.put(game, false, 1))
	_, err := w.Catalog.SetPrice(t.Context(), game, false, c.Expected, nil)
	require.NoError(t, err)
	cheaper, err := c.Expected.Times(2)
	require.NoError(t, err)
	c.Expected = cheaper
	_, err = w.Checkout.Place(t.Context(), c)
	require.ErrorIs(t, err, domain.ErrPriceChanged)
	require.Zero(t, w.provider.Calls())
}

func TestCheckout_AbsentAndReservedLines_DifferInTheirError(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	c := w.order("k", "pm_ok", w.put(w.game("Game", 1000), false, 1))
	w.place(c)
	_, err := w.Checkout.Quote(t.Context(), w.buyer, c.CartLineIDs)
	require.ErrorIs(t, err, domain.ErrCheckedOut)
	_, err = w.Checkout.Quote(t.Context(), w.buyer, []id.ID{id.V7{}.NewID()})
	require.ErrorIs(t, err, domain.ErrNoItem)
	_, err = w.Checkout.Quote(t.Context(), w.buyer, nil)
	require.ErrorIs(t, err, domain.ErrNotSold)
}
