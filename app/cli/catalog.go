package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"coinslot/app/samples"
)

type catalogCmd struct {
	Import catalogImportCmd `cmd:"" help:"Add the products and bundles of a YAML file, all or none."`
}

type catalogImportCmd struct {
	File string `arg:"" type:"existingfile" help:"A file in the format of configs/catalog.yaml."`
}

// Run adds the file's products and bundles to the catalog.
func (cmd catalogImportCmd) Run(c *cli) error {
	raw, err := os.ReadFile(cmd.File)
	if err != nil {
		return err
	}
	return c.asStore(func(ctx context.Context, s samples.Loader) error {
		n, err := s.ImportCatalog(ctx, samples.Source{Name: cmd.File, Raw: raw, NewID: s.Catalog.NewID})
		if m := (&samples.Mistakes{}); errors.As(err, &m) {
			fmt.Fprintln(os.Stderr, m)
			return fmt.Errorf("nothing was imported: correct the mistakes in %s", cmd.File)
		}
		if err == nil {
			fmt.Printf("imported %d products and bundles\n", n)
		}
		return err
	})
}
