package verify

import (
	"context"
	"net/url"
	"slices"
	"time"

	"coinslot/app/store"
)

// Scope limits the comparison with the provider's records to those that were created in a period. The zero Scope
// compares all of them.
type Scope struct {
	Since  time.Time // inclusive; zero: from the first
	Until  time.Time // exclusive; zero: to the last
	Sealed bool      // leave out the chain of hashes and the documents, which CheckLedger verifies from its checkpoint on
}

func (s Scope) limited() bool { return !s.Since.IsZero() || !s.Until.IsZero() }

// covers reports whether an invariant is checked. Of a period, CompareMovements compares balance transactions one by
// one.
func (s Scope) covers(inv Invariant) bool {
	return (!inv.Balance || !s.limited()) && (!inv.Sealed || !s.Sealed)
}

// clocksDiffer bounds how far the provider's clock and the store's differ: a charge near an end of the period may be
// in the records of one side only.
const clocksDiffer = 15 * time.Minute

// payments returns the period in which each captured payment has a charge of the provider's period, as PostgreSQL reads
// it.
func (s Scope) payments() (from, to string) {
	from, to = "-infinity", "infinity"
	if !s.Since.IsZero() {
		from = s.Since.Add(clocksDiffer).Format(time.RFC3339Nano)
	}
	if !s.Until.IsZero() {
		to = s.Until.Add(-clocksDiffer).Format(time.RFC3339Nano)
	}
	return from, to
}

// query returns the parameters with which the provider lists the records of the period.
func (s Scope) query() url.Values {
	out := url.Values{}
	for key, at := range map[string]time.Time{"created_from": s.Since, "created_to": s.Until} {
		if !at.IsZero() {
			out.Set(key, at.UTC().Format(time.RFC3339Nano))
		}
	}
	return out
}

// Movements is the name of the finding of CompareMovements.
const Movements = "M1"

// CompareMovements compares the provider's balance transactions of a limited scope with the store's records, in both
// directions.
func CompareMovements(ctx context.Context, cfg store.Config, scope Scope, show func(until time.Time, read int),
) (Finding, error) {
	found := Finding{Invariant: Invariant{
		Name: Movements, Promise: "The provider's balance transactions of the period and the store's records agree.",
	}}
	billing, err := openBilling(cfg)
	if err != nil {
		return found, err
	}
	until := scope.Until
	if until.IsZero() {
		until = time.Now().Add(aheadClock)
	}
	compare := func() (out []string, err error) {
		compared, err := billing.ReconcileShowing(ctx, scope.Since, until, show)
		for _, d := range compared.Differences {
			out = append(out, describe(d))
		}
		return out, err
	}
	if found.Violations, err = compare(); err == nil && len(found.Violations) > 0 {
		found.Violations, err = again(ctx, found.Violations, compare)
	}
	return found, err
}

// again repeats a check whose violations may be work in progress, and returns those that are found again.
func again(ctx context.Context, first []string, check func() ([]string, error)) ([]string, error) {
	select {
	case <-time.After(recheckAfter):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	second, err := check()
	return slices.DeleteFunc(second, func(v string) bool { return !slices.Contains(first, v) }), err
}
