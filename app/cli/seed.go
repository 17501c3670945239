package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"coinslot/app/bulk"
	"coinslot/app/samples"
	"coinslot/app/store"
	"coinslot/modules/identity"
)

type seedCmd struct {
	Products int `help:"Generate products until there are this many, for load tests."`
	Orders   int `help:"Generate completed orders with payments and invoices until there are this many."`
}

// Run adds the sample catalog, or generates bulk data.
func (cmd seedCmd) Run(c *cli) error {
	if cmd.Products != 0 || cmd.Orders != 0 {
		ctx := context.Background()
		cfg, ownerURL, done, err := c.databases(ctx, (*environment).migrateEmbedded)
		if err != nil {
			return err
		}
		return errors.Join(bulk.Generate(ctx, cfg, ownerURL,
			bulk.Counts{Products: cmd.Products, Orders: cmd.Orders}, os.Stdout), done())
	}
	return c.asStore(func(ctx context.Context, s samples.Loader) error {
		n, err := s.AddCatalog(ctx)
		if err == nil && n == 0 {
			return errors.New("the catalog is not empty, so nothing was added")
		}
		if err == nil {
			fmt.Printf("added %d products and bundles\n", n)
		}
		return err
	})
}

// fill adds the samples to a store without a catalog. The profile local, which listens on loopback only, also gets the
// demo accounts. Under other profiles, a demo account with the staff role and its published password is an error.
func (e *environment) fill(ctx context.Context, logger *slog.Logger) error {
	return withLoader(patient(e.cfg), logger, func(s samples.Loader) error {
		add := func(ctx context.Context) error { return e.addSamples(ctx, s) }
		bounded, cancel := context.WithTimeout(ctx, fillTimeout)
		defer cancel()
		return store.WhileUnavailable(add)(bounded)
	})
}

// fillTimeout is longer than one transaction of patient may take.
const fillTimeout = 3 * time.Minute

func (e *environment) addSamples(ctx context.Context, s samples.Loader) error {
	if e.cfg.Profile == store.Local {
		added, err := s.Add(ctx, samples.Password)
		if err != nil || !added {
			return err
		}
		return analyze(ctx, e.ownerURL)
	}
	known, err := s.Demo(ctx)
	if err != nil {
		return err
	}
	for _, a := range known {
		if slices.Contains(a.Roles, identity.RoleStaff) {
			return fmt.Errorf("the staff account %s has the password of the demo, which is public: "+
				"change it (PUT /v1/me/password) under the profile local, or use another database", a.Email)
		}
	}
	if e.cfg.Secrets.Generate {
		var added int
		if added, err = s.AddCatalog(ctx); err == nil && added > 0 {
			err = analyze(ctx, e.ownerURL)
		}
	}
	if errors.Is(err, samples.ErrCurrency) {
		return nil // the catalog stays empty
	}
	return err
}

// shownDemo returns the accounts that the banner shows.
func (e *environment) shownDemo(ctx context.Context, s samples.Loader) ([]identity.Account, error) {
	if e.cfg.Profile != store.Local {
		return nil, nil
	}
	return s.Demo(ctx)
}
