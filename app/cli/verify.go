package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"coinslot/app/store"
	"coinslot/app/verify"
	"coinslot/modules/billing/domain"
)

type verifyCmd struct {
	Watch    bool          `help:"Repeat the check until Ctrl-C."`
	Heads    string        `help:"Also verify what a head file records." placeholder:"FILE" type:"path"`
	Every    time.Duration `help:"Interval of --watch." default:"2s"`
	Since    string        `help:"Compare the provider's records from a time on; default: 48 hours." placeholder:"TIME"`
	Until    string        `help:"Compare the provider's records before a time; default: now." placeholder:"TIME"`
	Full     bool          `help:"Compare all of the provider's records, and verify the ledger from its first entry."`
	Progress bool          `help:"Print the progress to standard error even if it is not a terminal."`
}

var errViolated = errors.New("an invariant is violated; the table lists the violations")

// Run checks the invariants of the running store, or of the stopped store's database. A violation is an error.
func (cmd verifyCmd) Run(c *cli) error {
	scope, err := cmd.scope(time.Now())
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg, ownerURL, done, err := c.databases(ctx, (*environment).checkDatabase)
	if err != nil {
		return err
	}
	payments, release, err := c.provider(cfg)
	if err != nil {
		return errors.Join(err, done())
	}
	cfg.Payments = payments
	return errors.Join(cmd.check(ctx, cfg, ownerURL, scope), release(), done())
}

// recent is the time of which the provider's records are compared by default. Scheduled checks have reconciled the days
// before it.
const recent = 48 * time.Hour

// scope returns what the options select.
func (cmd verifyCmd) scope(now time.Time) (scope verify.Scope, err error) {
	if cmd.Full {
		if cmd.Since != "" || cmd.Until != "" {
			return scope, errors.New("write either --full or --since and --until")
		}
		return scope, nil
	}
	scope.Sealed = true
	if scope.Until, err = moment("--until", cmd.Until); err != nil {
		return scope, err
	}
	if scope.Since, err = moment("--since", cmd.Since); err != nil {
		return scope, err
	}
	if scope.Since.IsZero() && scope.Until.IsZero() {
		scope.Since = now.Add(-recent)
	} else if scope.Since.IsZero() {
		scope.Since = scope.Until.Add(-recent)
	}
	if !scope.Until.IsZero() && !scope.Since.Before(scope.Until) {
		return scope, errors.New("--since must be before --until")
	}
	return scope, nil
}

// findings checks everything in the scope.
func (cmd verifyCmd) findings(ctx context.Context, cfg store.Config, ownerURL string, scope verify.Scope,
) ([]verify.Finding, error) {
	show := newProgress("verify", cmd.Progress)
	defer show.end()
	found, err := verify.RunShowing(ctx, ownerURL, cfg.Payments, scope, func(p verify.Progress) {
		show.step("%d of %d invariants, %s in %s", p.Ended, p.Of, p.Name, p.Took.Round(time.Second/10))
	})
	if err != nil {
		return nil, err
	}
	if !cmd.Full {
		compared, err := verify.CompareMovements(ctx, cfg, scope, show.movements)
		if err != nil {
			return nil, err
		}
		found = append(found, compared)
	}
	sealed, err := verify.CheckLedger(ctx, cfg, verify.LedgerScope{
		Full: cmd.Full, Heads: cmd.Heads,
		Show: func(chain domain.Chain) { show.step("ledger, %d of %d entries", chain.Checked, chain.Sealed) },
	})
	return append(found, sealed...), err
}

func (cmd verifyCmd) check(ctx context.Context, cfg store.Config, ownerURL string, scope verify.Scope) error {
	for {
		found, err := cmd.findings(ctx, cfg, ownerURL, scope)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if !cmd.Full {
			fmt.Printf("the provider's records since %s; --full compares all of them\n", scope.Since.UTC().Format(time.RFC3339))
		}
		violated := verify.Report(os.Stdout, found)
		if err := verify.PrintInReview(ctx, ownerURL, os.Stdout); err != nil {
			return err
		}
		if !cmd.Watch {
			if violated > 0 {
				return errViolated
			}
			return nil
		}
		select {
		case <-time.After(cmd.Every):
		case <-ctx.Done():
			return nil
		}
	}
}
