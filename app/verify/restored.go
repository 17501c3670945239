package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"coinslot/app/store"
	"coinslot/modules/billing/adapters/headfile"
	"coinslot/modules/billing/domain"

	billingservice "coinslot/modules/billing/service"
)

// Restored is a database that was restored to a moment of the past, while the provider keeps its records. Heal repairs
// the differences before the comparison is printed. Heads are head files of the lost database.
type Restored struct {
	Since time.Time
	Heads []string
	Heal  bool
}

// Validate returns ErrFuture or ErrNoHeads.
func (r Restored) Validate() error {
	switch {
	case r.Since.After(time.Now()):
		return ErrFuture
	case r.Heal && len(r.Heads) == 0:
		return ErrNoHeads
	}
	return nil
}

// Errors of ReconcileRestored.
var (
	// ErrNoHeads reports that healing needs a head file.
	ErrNoHeads = errors.New("--heal --since needs --heads FILE, the head file of the lost database: without it, numbers " +
		"of invoices that were issued after the backup would be issued again")
	// ErrFuture reports a moment that is still to come.
	ErrFuture = errors.New("--since is in the future: write the moment to which the database was restored")
)

const (
	// beforeRestore is compared, too: a payment that was open at the moment of the restore has earlier movements.
	beforeRestore = time.Hour
	// aheadClock bounds how far the provider's clock may be ahead.
	aheadClock = 24 * time.Hour
	// healPasses bounds the repairs of movements that a repair makes.
	healPasses = 5
)

// ReconcileRestored compares the provider's records since the moment of a restore with the store's, and prints the
// differences. With Heal it first records the numbers of lost documents, then repairs the differences. A run after an
// interrupted one does the rest. It returns ErrDiffers if differences remain.
func ReconcileRestored(ctx context.Context, cfg store.Config, r Restored, out io.Writer) error {
	if err := r.Validate(); err != nil {
		return err
	}
	cfg.Ledger.HeadFile = "" // this command appends no heads
	billing, err := openBilling(cfg)
	if err != nil {
		return err
	}
	if r.Heal {
		if err := recordLost(ctx, billing, r, out); err != nil {
			return err
		}
	}
	from, to := r.Since.Add(-beforeRestore), time.Now().Add(aheadClock)
	found, err := billing.Reconcile(ctx, from, to)
	if err == nil && r.Heal {
		found, err = repair(ctx, billing, found, out, func() (billingservice.Reconciliation, error) {
			return billing.Reconcile(ctx, from, to)
		})
	}
	if err != nil {
		return err
	}
	printDifferences(out, found.Differences, "")
	return printResult(out, "since "+r.Since.UTC().Format(time.RFC3339), found)
}

// recordLost records the numbers of the heads of files that the restored database does not have, and appends a head to
// each file that says so.
func recordLost(ctx context.Context, billing *billingservice.Service, r Restored, out io.Writer) error {
	recorded := map[string][]domain.Head{}
	var all []domain.Head
	for _, path := range r.Heads {
		heads, err := readHeads(ctx, billing, path)
		if err != nil {
			return err
		}
		recorded[path], all = heads, append(all, heads...)
	}
	lost, err := billing.RecordLostNumbers(ctx, all)
	if err != nil {
		return err
	}
	for _, l := range lost {
		fmt.Fprintf(out, "series %s: the numbers %d to %d are recorded as lost\n", l.Series, l.First, l.Last)
	}
	restored, err := billing.RestoredHead(ctx, r.Since)
	if err != nil {
		return err
	}
	for path, heads := range recorded {
		if slices.ContainsFunc(heads, func(h domain.Head) bool { return h.RestoredTo.Equal(restored.RestoredTo) }) {
			continue
		}
		if err := headfile.New(path).Append(ctx, restored); err != nil {
			return err
		}
	}
	return nil
}

// repair repairs differences until none is left that a repair changes, and prints those that it repaired.
func repair(ctx context.Context, billing *billingservice.Service, found billingservice.Reconciliation, out io.Writer,
	again func() (billingservice.Reconciliation, error),
) (billingservice.Reconciliation, error) {
	for range healPasses {
		before := found.Differences
		if err := billing.HealRestored(ctx, before); err != nil {
			return found, err
		}
		var err error
		if found, err = again(); err != nil {
			return found, err
		}
		repaired := slices.DeleteFunc(slices.Clone(before), func(d domain.Difference) bool {
			return slices.Contains(found.Differences, d)
		})
		printDifferences(out, repaired, "repaired: ")
		if len(found.Differences) == 0 || len(repaired) == 0 {
			break
		}
	}
	return found, nil
}
