package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"coinslot/configs"
	"coinslot/modules/catalog"
	"coinslot/modules/identity"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"go.yaml.in/yaml/v3"

	catalogdomain "coinslot/modules/catalog/domain"
	catalogservice "coinslot/modules/catalog/service"
	identitydomain "coinslot/modules/identity/domain"
)

const samplePassword = "insert coin to play" //nolint:gosec // the banner prints it

var sampleAccounts = []struct{ handle, name, role string }{
	{"ada", "Ada Player", identity.RoleCustomer},
	{"clerk", "Clara Clerk", identity.RoleStaff},
}

// add fills an empty store: only a local one, whose secrets were made up too, gets accounts with a known password.
func (s samples) add(ctx context.Context) error {
	n, err := s.addCatalog(ctx)
	if err != nil || n == 0 {
		return err
	}
	for _, a := range sampleAccounts {
		_, err := s.identity.Register(ctx, identitydomain.Registration{
			Email: a.handle + "@coinslot.example", Handle: a.handle, DisplayName: a.name, Password: samplePassword,
		})
		if err != nil && !fault.Is(err, fault.Conflict) {
			return fmt.Errorf("add sample account %s: %w", a.handle, err)
		}
		if _, err := s.identity.GrantRole(ctx, a.handle, a.role); err != nil {
			return fmt.Errorf("grant %s to %s: %w", a.role, a.handle, err)
		}
	}
	return nil
}

// sampleCatalog is configs/catalog.yaml. Amounts are in cents of the currency; the first is the oldest price.
type sampleCatalog struct {
	Currency string          `yaml:"currency"`
	Products []sampleProduct `yaml:"products"`
	Bundles  []sampleBundle  `yaml:"bundles"`
}

type sampleProduct struct {
	Slug     string       `yaml:"slug"`
	Title    string       `yaml:"title"`
	Kind     catalog.Kind `yaml:"kind"`
	Category string       `yaml:"category"`
	Requires string       `yaml:"requires"`
	Prices   []int64      `yaml:"prices"`
	Text     string       `yaml:"text"`
}

type sampleBundle struct {
	Slug   string   `yaml:"slug"`
	Title  string   `yaml:"title"`
	Holds  []string `yaml:"holds"`
	Prices []int64  `yaml:"prices"`
	Text   string   `yaml:"text"`
}

// addCatalog adds the sample catalog if there is none, and returns how many sellables that was.
func (s samples) addCatalog(ctx context.Context) (int, error) {
	empty, err := s.catalog.Empty(ctx)
	if err != nil || !empty {
		return 0, err
	}
	raw, err := configs.Files.ReadFile("catalog.yaml")
	if err != nil {
		return 0, err
	}
	var sample sampleCatalog
	if err := yaml.Unmarshal(raw, &sample); err != nil {
		return 0, fmt.Errorf("read the sample catalog: %w", err)
	}
	imports, order, err := sample.imports(s.catalog.NewID, time.Now().UTC())
	if err != nil {
		return 0, err
	}
	return len(order), s.catalog.Import(ctx, imports, order)
}

func (c sampleCatalog) imports(newID func() id.ID, now time.Time) (map[id.ID]catalogservice.Import, []id.ID, error) {
	out, bySlug := map[id.ID]catalogservice.Import{}, map[string]id.ID{}
	var order []id.ID
	var unknown error
	find := func(slug string) id.ID {
		productID, ok := bySlug[slug]
		if !ok {
			unknown = errors.Join(unknown, fmt.Errorf("the sample catalog names %q before it is there", slug))
		}
		return productID
	}
	add := func(slug string, draft catalogdomain.Draft, prices []int64) {
		sellableID := newID()
		bySlug[slug], order = sellableID, append(order, sellableID)
		draft.Slug = slug
		out[sellableID] = catalogservice.Import{Draft: draft, History: c.history(prices, now)}
	}
	for _, p := range c.Products {
		draft := catalogdomain.Draft{Title: p.Title, Description: p.Text, Kind: p.Kind, Category: p.Category}
		if p.Requires != "" {
			draft.Requires = find(p.Requires)
		}
		add(p.Slug, draft, p.Prices)
	}
	for _, b := range c.Bundles {
		draft := catalogdomain.Draft{Title: b.Title, Description: b.Text, Kind: catalog.Bundle, Category: "bundles"}
		for _, slug := range b.Holds {
			draft.Contents = append(draft.Contents, find(slug))
		}
		add(b.Slug, draft, b.Prices)
	}
	return out, order, unknown
}

// history spreads the prices over the past: each was in force for a quarter of a year.
func (c sampleCatalog) history(prices []int64, now time.Time) []catalogdomain.Price {
	const quarter = 91 * 24 * time.Hour
	out := make([]catalogdomain.Price, len(prices))
	for i, amount := range prices {
		out[i] = catalogdomain.Price{
			Money:     money.Of(amount, money.Currency(c.Currency)),
			ValidFrom: now.Add(-time.Duration(len(prices)-i) * quarter).Truncate(time.Microsecond),
		}
	}
	return out
}
