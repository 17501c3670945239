package samples_test

import (
	"net/http"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/samples"

	"github.com/stretchr/testify/require"
)

const ownCatalog = `currency: EUR
products:
  - slug: moon-garden
    title: Moon Garden
    kind: game
    category: simulation
    prices: [1999, 1499]
    text: Plant by the light of the Earth.
  - {slug: moon-garden-tides, title: Tides, kind: dlc, category: simulation, requires: moon-garden, prices: [499]}
  - {slug: orchard-hats, title: Hats, kind: dlc, category: simulation, requires: star-orchard, prices: [199]}
bundles:
  - {slug: two-gardens, title: Two Gardens, holds: [moon-garden, star-orchard], prices: [2999]}
`

func sourceOf(r *harness.Store, name, text string) samples.Source {
	return samples.Source{Name: name, Raw: []byte(text), NewID: r.Samples.Catalog.NewID}
}

func TestCatalogImport_AddsAllOrNothing(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	n, err := r.Samples.ImportCatalog(t.Context(), sourceOf(r, "own.yaml", ownCatalog))
	require.NoError(t, err)
	require.Equal(t, 4, n)
	harness.Eventually(t, "the response cache is purged",
		func() bool { return buyer.Get("/v1/products/moon-garden").Status == http.StatusOK })
	price := buyer.Product("moon-garden").Body["price"].(harness.Object)
	require.InEpsilon(t, 1499, price["amount"], 0)
	require.InEpsilon(t, 2, price["version"], 0)
	require.Equal(t, buyer.Product("star-orchard").Text("id"), buyer.Product("orchard-hats").Text("requires_product_id"))
	order := buyer.Keyed("/v1/checkouts", harness.NewKey(),
		buyer.Purchase("pm_ok", buyer.Add("moon-garden"))).Is(http.StatusCreated)
	require.Equal(t, "completed", order.Text("status"))

	_, err = r.Samples.ImportCatalog(t.Context(), sourceOf(r, "more.yaml", `currency: EUR
products:
  - {slug: sun-garden, title: Sun Garden, kind: game, category: simulation, prices: [999]}
  - {slug: moon-garden, title: Moon Garden, kind: game, category: simulation, prices: [999]}
`))
	require.EqualError(t, err,
		"more.yaml:4: products[1].slug: another product or bundle has this slug; choose another one")
	buyer.Get("/v1/products/sun-garden").Is(http.StatusNotFound)
}

func TestCatalogImport_Mistakes_NameLineAndField(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	for name, c := range map[string]struct{ file, want string }{
		"invalid YAML": {"currency: [USD", `own.yaml: invalid YAML: line 1: did not find expected ',' or ']'`},
		"empty file":   {"", "own.yaml:1: products: the file is empty; configs/catalog.yaml shows the format"},
		"no products":  {"currency: USD", "own.yaml:1: products: the file has no products and no bundles"},
		"list at the top": {"- a", `own.yaml:1: the file: write fields: currency, products, bundles
own.yaml:1: currency: required; write the ISO 4217 code of the prices, such as USD`},
		"unknown currency": {
			"currency: XAU", `own.yaml:1: currency: "XAU" is not a currency in force; write an ISO 4217 code such as USD`,
		},
		"products is a mapping": {"currency: USD\nproducts: {slug: a}", "own.yaml:2: products: write a list"},
		"unknown field": {
			"currency: USD\nproducts:\n  - {slug: a, titel: A, kind: game, category: x, prices: [1]}",
			"own.yaml:3: products[0].titel: unknown field; " +
				"the fields are slug, title, kind, category, requires, prices, text",
		},
		"duplicate field": {
			"currency: USD\nproducts:\n  - slug: a\n    slug: b\n    title: A\n    kind: game\n    category: x\n    prices: [1]",
			"own.yaml:4: products[0].slug: the field is given twice",
		},
		"fractional price": {
			"currency: USD\nproducts:\n  - slug: a\n    title: A\n    kind: game\n    category: x\n    prices: [19.99]",
			"own.yaml:7: products[0].prices: write a list of whole numbers of minor units, such as [1999] for 19.99 USD",
		},
		"no price": {
			"currency: USD\nproducts:\n  - {slug: a, title: A, kind: game, category: x}",
			"own.yaml:3: products[0].prices: required; write a list of minor units, such as [1999] for 19.99 USD",
		},
		"several invalid fields": {
			"currency: USD\nproducts:\n  - slug: A B\n    title: ''\n    kind: book\n    category: x\n    prices: [-1]\n" +
				"  - {slug: b, title: B, kind: dlc, category: x, prices: [1]}",
			`own.yaml:4: products[0].title: write 1 to 200 characters without control characters
own.yaml:3: products[0].slug: write words of a to z and digits with hyphens between them
own.yaml:5: products[0].kind: the kinds are game, dlc, soundtrack and consumable
own.yaml:7: products[0].prices: write a number of minor units from 0 to 100000000, which is 1000000.00 USD
own.yaml:8: products[1].requires: a dlc needs the game that it extends`,
		},
		"unknown references": {
			"currency: USD\nproducts:\n  - {slug: a, title: A, kind: dlc, category: x, requires: b, prices: [1]}\n" +
				"bundles:\n  - {slug: c, title: C, holds: [star-orchard, nothing], prices: [1]}",
			`own.yaml:3: products[0].requires: there is no product "b" above or in the catalog
own.yaml:5: bundles[0].holds: there is no product "nothing" above or in the catalog`,
		},
		"reference to an invalid product": {
			"currency: USD\nproducts:\n  - {slug: a, title: A, kind: dlc, category: x, requires: b, prices: [1]}\n" +
				"bundles:\n  - {slug: c, title: C, holds: [star-orchard, a], prices: [1]}",
			`own.yaml:3: products[0].requires: there is no product "b" above or in the catalog`,
		},
		"dlc of a soundtrack": {
			"currency: USD\nproducts:\n  - {slug: a, title: A, kind: soundtrack, category: x, prices: [1]}\n" +
				"  - {slug: b, title: B, kind: dlc, category: x, requires: a, prices: [1]}",
			"own.yaml:4: products[1].requires: a dlc extends a game",
		},
		"bundle in a bundle": {
			"currency: USD\nbundles:\n  - {slug: c, title: C, holds: [star-orchard, tidewright], prices: [1]}\n" +
				"  - {slug: d, title: D, holds: [c, star-orchard], prices: [1]}",
			"own.yaml:4: bundles[1].holds: a bundle contains products, not bundles",
		},
		"duplicate slug": {
			"currency: USD\nproducts:\n  - {slug: a, title: A, kind: game, category: x, prices: [1]}\n" +
				"  - {slug: a, title: B, kind: game, category: x, prices: [1]}",
			`own.yaml:4: products[1].slug: "a" is already used above`,
		},
		"bundle in the list of products": {
			"currency: USD\nproducts:\n  - {slug: a, title: A, kind: bundle, category: x, prices: [1]}",
			"own.yaml:3: products[0].kind: the kinds are game, dlc, soundtrack and consumable",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := r.Samples.ImportCatalog(t.Context(), sourceOf(r, "own.yaml", c.file))
			require.EqualError(t, err, c.want)
		})
	}
}

func TestAdd_StoreInAnotherCurrency_LeavesCatalogEmpty(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	r.AsOwner(t, `TRUNCATE catalog.sellables CASCADE`)
	loader := r.Samples
	service := *loader.Catalog
	service.Currency = "KWD"
	loader.Catalog = &service
	require.NoError(t, loader.Add(t.Context(), harness.TestPassword))
	_, err := loader.AddCatalog(t.Context())
	require.ErrorIs(t, err, samples.ErrCurrency)
	require.Zero(t, harness.Count(t, r, "catalog.sellables"))
	require.NotEmpty(t, r.Clerk(t).Token, "the demo accounts are there")
}
