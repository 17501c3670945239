package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"

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
func (e *environment) fill(ctx context.Context, logger *slog.Logger, s samples.Loader) error {
	local := e.cfg.Profile == store.Local
	if !local {
		if err := refusePublicPassword(ctx, s); err != nil {
			return err
		}
	}
	empty, err := s.Catalog.Empty(ctx)
	if err != nil || !empty || (!local && !e.cfg.Secrets.Generate) {
		return err
	}
	// The first start has connections of its own, with other timeouts.
	err = withLoader(patient(e.cfg), logger, func(first samples.Loader) error {
		if local {
			return first.Add(ctx, samples.Password)
		}
		_, err := first.AddCatalog(ctx)
		return err
	})
	if errors.Is(err, samples.ErrCurrency) {
		return nil // the catalog stays empty
	}
	if err != nil {
		return err
	}
	return analyze(ctx, e.ownerURL)
}

// refusePublicPassword returns an error if a demo account with the staff role still has its published password.
func refusePublicPassword(ctx context.Context, s samples.Loader) error {
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
	return nil
}

// shownDemo returns the accounts that the banner shows.
func (e *environment) shownDemo(ctx context.Context, s samples.Loader) ([]identity.Account, error) {
	if e.cfg.Profile != store.Local {
		return nil, nil
	}
	return s.Demo(ctx)
}
