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

// Source is a file of products and bundles, and what gives them their IDs.
type Source struct {
	Name  string
	Raw   []byte
	NewID func() id.ID
}

// ImportCatalog adds a file's sellables, all or none, and returns how many there are.
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
		return 0, i.blame(file.entries[slices.Index(i.order, refused.ID)], err)
	}
	return len(i.order), err
}

// blame names the field of an entry because of which the catalog refused the import.
func (i *catalogImport) blame(e catalogEntry, err error) error {
	switch {
	case fault.Is(err, fault.Conflict):
		i.Mistakes.add(e.lineOf("slug"), e.at+".slug", "%s", fault.Of(err).Message)
	case errors.Is(err, catalogdomain.ErrUnknownItems) && e.bundle:
		i.Mistakes.add(e.lineOf("holds"), e.at+".holds", "a bundle holds products, not other bundles")
	case errors.Is(err, catalogdomain.ErrUnknownItems):
		i.Mistakes.add(e.lineOf("requires"), e.at+".requires", "a dlc extends a game")
	default:
		return err
	}
	return i.Mistakes.err()
}

// catalogImport turns the entries of a file into drafts.
type catalogImport struct {
	Loader
	*Mistakes
	newID  func() id.ID
	now    time.Time
	bySlug map[string]id.ID
	drafts map[id.ID]catalogservice.Import
	order  []id.ID
}

// fieldOf names the field of a file by that of the API, which the rules speak of.
var fieldOf = map[string]string{
	"title": "title", "category": "category", "description": "text",
	"slug": "slug", "kind": "kind",
	"requires_product_id": "requires", "product_ids": "holds", "price": "prices",
}

// add checks an entry by the catalog's own rules and notes every mistake.
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
		i.bySlug[e.slug] = i.newID() // entries that refer to this one are not reported as well
		return nil                   // and the rules would report the missing reference again
	}
	if draft, err = i.Catalog.WithSlug(ctx, draft); err != nil {
		return err
	}
	sellableID, history := i.newID(), spread(e.prices, currency, i.now)
	sellable, err := catalogdomain.NewSellable(sellableID, draft, i.now)
	_, priceErr := catalogdomain.ImportPrices(sellableID, history, i.now)
	i.refuse(e, err)
	i.refuse(e, priceErr)
	slug := sellable.Snapshot().Slug
	if _, twice := i.bySlug[slug]; twice {
		i.Mistakes.add(e.lineOf("slug"), e.at+".slug", "%q is already used further up", slug)
	}
	i.bySlug[slug], i.order = sellableID, append(i.order, sellableID)
	i.drafts[sellableID] = catalogservice.Import{Draft: draft, History: history}
	return nil
}

// refuse notes what the catalog's rules say against an entry.
func (i *catalogImport) refuse(e catalogEntry, err error) {
	f := fault.Of(err)
	if f == nil {
		return
	}
	for _, violation := range f.Fields {
		field := fieldOf[violation.Location]
		i.Mistakes.add(e.lineOf(field), e.at+"."+field, "%s", violation.Message)
	}
}

// find returns a product of the file, if it is further up, or of the catalog.
func (i *catalogImport) find(ctx context.Context, e catalogEntry, field, slug string) (id.ID, error) {
	if productID, ok := i.bySlug[slug]; ok {
		return productID, nil
	}
	item, err := i.Catalog.Find(ctx, slug, false, "")
	if fault.Is(err, fault.NotFound) {
		i.Mistakes.add(e.lineOf(field), e.at+"."+field, "there is no product %q further up or in the catalog", slug)
		return id.Nil, nil
	}
	return item.Sellable.Snapshot().ID, err
}

// spread spreads prices over the past: each was in force for a quarter of a year.
func spread(prices []int64, currency money.Currency, now time.Time) []catalogdomain.Price {
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
