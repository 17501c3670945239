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
)

type verifyCmd struct {
	Watch bool          `help:"Repeat the check until Ctrl-C."`
	Heads string        `help:"Also verify what a head file records." placeholder:"FILE" type:"path"`
	Every time.Duration `help:"Interval of --watch." default:"2s"`
}

var errViolated = errors.New("an invariant is violated; the table lists the violations")

// Run checks the invariants of the running store, or of the stopped store's database. A violation is an error.
func (cmd verifyCmd) Run(c *cli) error {
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
	return errors.Join(cmd.check(ctx, cfg, ownerURL), release(), done())
}

func (cmd verifyCmd) check(ctx context.Context, cfg store.Config, ownerURL string) error {
	for {
		found, err := verify.RunShowing(ctx, ownerURL, cfg.Payments, showProgress)
		if err == nil {
			var sealed []verify.Finding
			sealed, err = verify.Ledger(ctx, cfg, cmd.Heads)
			found = append(found, sealed...)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
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

// slowCheck is the time from which the check of an invariant is reported before the table.
const slowCheck = 2 * time.Second

// showProgress prints the checks of a large store as they end. The table has the result.
func showProgress(f verify.Finding, took time.Duration) {
	if took >= slowCheck {
		fmt.Fprintf(os.Stderr, "%s checked in %s: %d violations\n", f.Name, took.Round(time.Second/10), len(f.Violations))
	}
}
