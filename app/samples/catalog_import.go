package samples

import (
	"context"
	"errors"
	"slices"
	"time"

	"coinslot/modules/catalog"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"

	catalogdomain "coinslot/modules/catalog/domain"
	catalogservice "coinslot/modules/catalog/service"
)

// Source is a file of products and bundles.
type Source struct {
	Name  string // path, for the messages of Mistakes
	Raw   []byte // content in the format of configs/catalog.yaml
	NewID func() id.ID
}

// ImportCatalog adds the products and bundles of a file in one transaction and returns their number. An invalid file
// is a *Mistakes and changes nothing.
func (s Loader) ImportCatalog(ctx context.Context, c Source) (int, error) {
	m := &Mistakes{file: c.Name}
	file := readCatalog(c.Raw, m)
	if err := m.err(); err != nil {
		return 0, err
	}
	i := &catalogImport{
		Loader: s, Mistakes: m, newID: c.NewID, now: time.Now().UTC(),
		bySlug: map[string]id.ID{}, drafts: map[id.ID]catalogservice.Import{},
	}
	for _, e := range file.entries {
		if err := i.add(ctx, e, file.currency); err != nil {
			return 0, err
		}
	}
	if err := m.err(); err != nil {
		return 0, err
	}
	err := s.Catalog.Import(ctx, i.drafts, i.order)
	if refused := (*catalogservice.ImportError)(nil); errors.As(err, &refused) {
		return 0, i.rejection(file.entries[slices.Index(i.order, refused.ID)], err)
	}
	return len(i.order), err
}

// rejection translates the catalog's error for an entry into a mistake of the field that caused it.
func (i *catalogImport) rejection(e catalogEntry, err error) error {
	switch {
	case fault.Is(err, fault.Conflict):
		i.Mistakes.add(e.lineOf("slug"), e.at+".slug", "%s", fault.Of(err).Message)
	case errors.Is(err, catalogdomain.ErrUnknownItems) && e.bundle:
		i.Mistakes.add(e.lineOf("holds"), e.at+".holds", "a bundle contains products, not bundles")
	case errors.Is(err, catalogdomain.ErrUnknownItems):
		i.Mistakes.add(e.lineOf("requires"), e.at+".requires", "a dlc extends a game")
	default:
		return err
	}
	return i.Mistakes.err()
}

// catalogImport converts the entries of a file to drafts.
type catalogImport struct {
	Loader
	*Mistakes
	newID  func() id.ID
	now    time.Time
	bySlug map[string]id.ID
	drafts map[id.ID]catalogservice.Import
	order  []id.ID
}

// fieldOf maps field names of the API, which the catalog's errors use, to those of a file.
var fieldOf = map[string]string{
	"title": "title", "category": "category", "description": "text",
	"slug": "slug", "kind": "kind",
	"requires_product_id": "requires", "product_ids": "holds", "price": "prices",
}

// add validates an entry with the catalog's rules and adds each violation to the mistakes.
func (i *catalogImport) add(ctx context.Context, e catalogEntry, currency money.Currency) error {
	draft := catalogdomain.Draft{
		Slug: e.slug, Title: e.title, Description: e.text,
		Kind: catalog.Kind(e.kind), Category: e.category,
	}
	if e.bundle {
		draft.Kind, draft.Category = catalog.Bundle, "bundles"
	} else if draft.Kind == catalog.Bundle {
		draft.Kind = "a bundle among the products"
	}
	known := len(i.lines)
	var err error
	if e.requires != "" {
		if draft.Requires, err = i.find(ctx, e, "requires", e.requires); err != nil {
			return err
		}
	}
	for _, slug := range e.holds {
		productID, err := i.find(ctx, e, "holds", slug)
		if err != nil {
			return err
		}
		draft.Contents = append(draft.Contents, productID)
	}
	if len(i.lines) > known {
		// Report each missing reference once: not again for entries that refer to this one, nor by the catalog's rules.
		i.bySlug[e.slug] = i.newID()
		return nil
	}
	if draft, err = i.Catalog.WithSlug(ctx, draft); err != nil {
		return err
	}
	sellableID, history := i.newID(), priceHistory(e.prices, currency, i.now)
	sellable, err := catalogdomain.NewSellable(sellableID, draft, i.now)
	_, priceErr := catalogdomain.ImportPrices(sellableID, history, i.now)
	i.report(e, err)
	i.report(e, priceErr)
	slug := sellable.Snapshot().Slug
	if _, twice := i.bySlug[slug]; twice {
		i.Mistakes.add(e.lineOf("slug"), e.at+".slug", "%q is already used above", slug)
	}
	i.bySlug[slug], i.order = sellableID, append(i.order, sellableID)
	i.drafts[sellableID] = catalogservice.Import{Draft: draft, History: history}
	return nil
}

// report adds the invalid fields of a validation error to the mistakes.
func (i *catalogImport) report(e catalogEntry, err error) {
	f := fault.Of(err)
	if f == nil {
		return
	}
	for _, violation := range f.Fields {
		field := fieldOf[violation.Location]
		i.Mistakes.add(e.lineOf(field), e.at+"."+field, "%s", violation.Message)
	}
}

// find returns the ID of a product in the file above the entry, or in the catalog.
func (i *catalogImport) find(ctx context.Context, e catalogEntry, field, slug string) (id.ID, error) {
	if productID, ok := i.bySlug[slug]; ok {
		return productID, nil
	}
	item, err := i.Catalog.Find(ctx, slug, false, "")
	if fault.Is(err, fault.NotFound) {
		i.Mistakes.add(e.lineOf(field), e.at+"."+field, "there is no product %q above or in the catalog", slug)
		return id.Nil, nil
	}
	return item.Sellable.Snapshot().ID, err
}

// priceHistory returns price versions that start 91 days apart. The last one started 91 days ago.
func priceHistory(prices []int64, currency money.Currency, now time.Time) []catalogdomain.Price {
	const quarter = 91 * 24 * time.Hour
	out := make([]catalogdomain.Price, len(prices))
	for i, amount := range prices {
		out[i] = catalogdomain.Price{
			Money:     money.Of(amount, currency),
			ValidFrom: now.Add(-time.Duration(len(prices)-i) * quarter).Truncate(time.Microsecond),
		}
	}
	return out
}
