package domain_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"
	"coinslot/platform/state"

	"github.com/stretchr/testify/require"
)

type verb func(o *domain.Order, at time.Time) error

// paidVerbs are the verbs that only a paid order allows.
var paidVerbs = map[string]verb{
	"complete":         (*domain.Order).Complete,
	"refuse the grant": (*domain.Order).RefuseGrant,
	"refuse lines": func(o *domain.Order, at time.Time) error {
		return o.RefuseLines([]id.ID{o.Snapshot().Lines[0].ID}, at)
	},
	"return pending":        returning((*domain.Order).ApplyReturn, domain.ReturnPending),
	"return succeeded":      returning((*domain.Order).ApplyReturn, domain.Returned),
	"return failed":         returning((*domain.Order).ApplyReturn, domain.ReturnFailed),
	"return withheld":       returning((*domain.Order).ApplyReturn, domain.ReturnWithheld),
	"line return pending":   returning((*domain.Order).ApplyLineReturn, domain.ReturnPending),
	"line return succeeded": returning((*domain.Order).ApplyLineReturn, domain.Returned),
	"line return failed":    returning((*domain.Order).ApplyLineReturn, domain.ReturnFailed),
	"line return withheld":  returning((*domain.Order).ApplyLineReturn, domain.ReturnWithheld),
}

func returning(apply func(*domain.Order, domain.Return, time.Time) error, r domain.Return) verb {
	return func(o *domain.Order, at time.Time) error { return apply(o, r, at) }
}

// refundsOf is a captured payment of which an amount was refunded.
func refundsOf(amount int64) domain.Payment {
	p := domain.Payment{Outcome: domain.Captured, Attempt: 1, Captured: 1000, Dispute: domain.DisputeWon}
	if amount > 0 {
		p.Refunded = map[domain.Reference]domain.Refunded{{}: {Amount: amount}}
	}
	return p
}

func paying(p domain.Payment) verb {
	return func(o *domain.Order, at time.Time) error {
		_, err := o.ApplyPayment(p, at)
		return err
	}
}

// verbs are all verbs that may change a status, with each of their arguments that makes a difference.
func verbs() map[string]verb {
	out := maps.Clone(paidVerbs)
	for _, outcome := range outcomes {
		out[fmt.Sprint("payment outcome ", outcome)] = paying(domain.Payment{Outcome: outcome, Attempt: 1})
	}
	for _, refunded := range []int64{0, 1, 1000} {
		out[fmt.Sprint("refunds of ", refunded)] = paying(refundsOf(refunded))
	}
	for _, reason := range []checkout.ReviewReason{checkout.ReviewPaymentUnknown, checkout.ReviewDisputed} {
		out[fmt.Sprint("review ", reason)] = func(o *domain.Order, at time.Time) error { return o.Review(reason, at) }
	}
	for _, r := range []checkout.Resolution{checkout.Accept, checkout.Refund, checkout.Release} {
		out[fmt.Sprint("resolve ", r)] = func(o *domain.Order, at time.Time) error { return o.Resolve(r, at) }
	}
	out["end the review"] = (*domain.Order).Resolved
	out["retry"] = func(o *domain.Order, at time.Time) error { return o.Retry("pm_other", at) }
	out["cancel"] = (*domain.Order).Cancel
	out["expire"] = (*domain.Order).Expire
	return out
}

// orders returns orders with a status that differ in what the verbs look at, whether or not a store may hold them.
func orders(status checkout.Status) (out []domain.Order) {
	line := domain.Line{
		ID: newID(), Quantity: 1, Total: usd(1000),
		Gives: []domain.Part{{Product: domain.Product{ID: newID()}, Total: usd(1000)}},
	}
	for _, review := range []domain.Review{
		{},
		{Reason: checkout.ReviewPaymentUnknown, Since: now},
		{Reason: checkout.ReviewDisputed, Since: now, Fulfilled: true},
		{Reason: checkout.ReviewAmountMismatch, Since: now, Resolving: checkout.Accept},
		{Reason: checkout.ReviewAmountMismatch, Since: now, Fulfilled: true, Resolving: checkout.Refund},
		{Reason: checkout.ReviewAmountMismatch, Since: now, Resolving: checkout.Refund},
	} {
		for _, flag := range []bool{false, true} {
			out = append(out, domain.Restore(domain.Snapshot{
				ID: newID(), Status: status, Lines: []domain.Line{line}, Totals: domain.Totals{Total: usd(1000)}, Attempt: 1,
				Method: "pm_ok", ReturnURL: "https://shop.example", Released: flag, GrantRefused: flag, Review: review,
				QuotedAt: now, AttemptedAt: now, CreatedAt: now, UpdatedAt: now, Version: 1,
			}))
		}
	}
	return out
}

type statusMove struct{ from, to checkout.Status }

// TestTransitions_EveryStatusAndVerb tries every verb on orders of every status, and of one that does not exist.
func TestTransitions_EveryStatusAndVerb(t *testing.T) {
	t.Parallel()
	made := map[statusMove]bool{}
	for _, status := range append(domain.Transitions.States(), "unheard_of") {
		for name, do := range verbs() {
			for _, order := range orders(status) {
				before := order.Snapshot()
				err := do(&order, now.Add(time.Hour))
				after := order.Snapshot()
				if err != nil {
					require.Equal(t, before, after, "%s, refused with %v, changes nothing of an order that is %s", name, err, status)
					continue
				}
				if after.Status == status {
					continue
				}
				require.True(t, domain.Transitions.Allows(status, after.Status), "%s: from %s to %s", name, status, after.Status)
				made[statusMove{status, after.Status}] = true
			}
		}
	}
	for _, from := range domain.Transitions.States() {
		for _, to := range domain.Transitions[from] {
			require.True(t, made[statusMove{from, to}], "no verb makes the move from %s to %s", from, to)
		}
	}
}

func TestTransitions_VerbsOfAPaidOrder_RefuseEveryOther(t *testing.T) {
	t.Parallel()
	for name, do := range paidVerbs {
		for _, status := range domain.Transitions.States() {
			order := orders(status)[0]
			err := do(&order, now)
			if status == checkout.Paid {
				require.NoError(t, err, name)
				continue
			}
			require.ErrorIs(t, err, state.ErrTransition, "%s of an order that is %s", name, status)
			require.ErrorContains(t, err, "from "+string(status)+" to ")
		}
	}
}

func TestTransitions_RefundedOrder_LeavesByAReviewAlone(t *testing.T) {
	t.Parallel()
	order := orders(checkout.Refunded)[0]
	for refunded, to := range map[int64]string{0: "completed", 1: "partially_refunded"} {
		_, err := order.ApplyPayment(refundsOf(refunded), now)
		require.ErrorIs(t, err, state.ErrTransition)
		require.ErrorContains(t, err, "from refunded to "+to)
	}
	require.NoError(t, order.Review(checkout.ReviewMoreOutThanIn, now))
}

func TestTransitions_SameStatus_OnlySetsTheTime(t *testing.T) {
	t.Parallel()
	later := now.Add(time.Hour)
	for status, do := range map[checkout.Status]verb{
		checkout.Processing:     paying(domain.Payment{Attempt: 1, Outcome: domain.Unknown}),
		checkout.RequiresAction: paying(domain.Payment{Attempt: 1, Outcome: domain.RequiresAction}),
		checkout.Paid:           returning((*domain.Order).ApplyReturn, domain.ReturnPending),
	} {
		order := orders(status)[0]
		want := order.Snapshot()
		want.UpdatedAt = later
		require.NoError(t, do(&order, later))
		require.Equal(t, want, order.Snapshot())
	}
}

func TestReview_AnotherReason_KeepsWhetherTheOrderIsFulfilled(t *testing.T) {
	t.Parallel()
	order := orders(checkout.Completed)[0]
	require.NoError(t, order.Review(checkout.ReviewDisputed, now))
	require.NoError(t, order.Review(checkout.ReviewDisputed, now.Add(time.Minute)))
	require.Equal(t, domain.Review{Reason: checkout.ReviewDisputed, Since: now, Fulfilled: true}, order.Snapshot().Review)
	require.NoError(t, order.Review(checkout.ReviewMoreOutThanIn, now.Add(time.Minute)))
	require.Equal(t, domain.Review{Reason: checkout.ReviewMoreOutThanIn, Since: now.Add(time.Minute), Fulfilled: true},
		order.Snapshot().Review)
}

func TestStatusSets_HoldStatusesOfTheTableOnce(t *testing.T) {
	t.Parallel()
	for _, set := range [][]checkout.Status{domain.Unpaid, domain.Unfinished, domain.Cancelable} {
		require.Subset(t, domain.Transitions.States(), set)
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(set))), len(set))
	}
}
