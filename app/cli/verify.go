package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"coinslot/app/verify"
	"coinslot/modules/billing"
)

type verifyCmd struct {
	Watch bool          `help:"Repeat the check until Ctrl-C."`
	Every time.Duration `help:"Interval of --watch." default:"2s"`
}

var errViolated = errors.New("an invariant is violated; the table lists the violations")

// Run checks the invariants of the running store, or of the stopped store's database. A violation is an error.
func (cmd verifyCmd) Run(c *cli) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg, ownerURL, done, err := c.databases(ctx, (*environment).checkSchema)
	if err != nil {
		return err
	}
	provider, release, err := c.provider(cfg)
	if err != nil {
		return errors.Join(err, done())
	}
	return errors.Join(cmd.check(ctx, ownerURL, provider), release(), done())
}

func (cmd verifyCmd) check(ctx context.Context, ownerURL string, provider billing.PaymentConfig) error {
	for {
		found, err := verify.Run(ctx, ownerURL, provider)
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
