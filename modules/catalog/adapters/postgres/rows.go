package postgres

import (
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

type sellableRow struct {
	ID          id.ID
	Slug        string
	Title       string
	Description string
	Kind        catalog.Kind
	Category    string
	Requires    *id.ID
	Contents    []id.ID `bun:"type:jsonb"`
	Version     int64
	CreatedAt   time.Time
	ArchivedAt  *time.Time

	SoldWithoutArchived bool
}

func (r sellableRow) sellable() domain.Sellable {
	s := domain.Snapshot{
		ID: r.ID, Slug: r.Slug, Title: r.Title, Description: r.Description, Kind: r.Kind, Category: r.Category,
		Contents: r.Contents, Version: r.Version, CreatedAt: r.CreatedAt.UTC(), ArchivedAt: r.ArchivedAt,
		SoldWithoutArchived: r.SoldWithoutArchived,
	}
	if r.Requires != nil {
		s.Requires = *r.Requires
	}
	return domain.Restore(s)
}

// listRow is an item of a list.
type listRow struct {
	foundRow

	SearchKey  string
	Similarity float32
	Rank       ports.Rank
	Items      []contentJSON
}

// columns are where the columns of a list of products go.
func (r *listRow) columns() []any { return append(r.foundRow.columns(), &r.SearchKey, &r.Similarity) }

// bundleColumns are where the columns of a list of bundles go.
func (r *listRow) bundleColumns() []any { return append(r.columns(), &r.Contents, &r.Items) }

func (r listRow) item() ports.Item { return r.foundRow.item(r.Items) }

// match says where the row stands among those that match a text.
func (r listRow) match() ports.Match {
	return ports.Match{Rank: r.Rank, Key: r.SearchKey, Similarity: r.Similarity}
}

func contentItems(rows []contentJSON) (out []ports.ContentItem) {
	for _, c := range rows {
		out = append(out, ports.ContentItem{
			ProductID: c.ProductID, Title: c.Title, Price: c.Price.price(c.ProductID), Archived: c.Archived,
		})
	}
	return out
}

// foundRow is an item by itself, as find selects it: its price comes as columns, which cost less than JSON.
type foundRow struct {
	sellableRow  `bun:",extend"`
	Amount       *int64
	Currency     *money.Currency
	PriceVersion *int
	ValidFrom    *time.Time
	PricedAt     *time.Time
}

// columns are where find's columns go.
func (r *foundRow) columns() []any {
	return []any{
		&r.ID, &r.Slug, &r.Title, &r.Description, &r.Kind, &r.Category, &r.Requires, &r.Version, &r.CreatedAt, &r.ArchivedAt,
		&r.SoldWithoutArchived,
		&r.Amount, &r.Currency, &r.PriceVersion, &r.ValidFrom, &r.PricedAt,
	}
}

// unpackedRow is what a bundle contains.
type unpackedRow struct {
	Contents []id.ID       `bun:"type:jsonb"`
	Items    []contentJSON `bun:"type:jsonb"`
}

func (r foundRow) item(contents []contentJSON) ports.Item {
	item := ports.Item{Sellable: r.sellable(), Contents: contentItems(contents)}
	if r.Amount != nil {
		price := priceRow{r.ID, *r.Currency, *r.PriceVersion, *r.Amount, *r.ValidFrom, *r.PricedAt, nil}.price()
		item.Price = &price
	}
	return item
}

type priceJSON struct {
	Amount    int64          `json:"amount"`
	Currency  money.Currency `json:"currency"`
	Version   int            `json:"version"`
	ValidFrom time.Time      `json:"valid_from"`
	CreatedAt time.Time      `json:"created_at"`
}

func (p *priceJSON) price(sellableID id.ID) *domain.Price {
	if p == nil {
		return nil
	}
	return &domain.Price{
		SellableID: sellableID, Money: money.Of(p.Amount, p.Currency), Version: p.Version,
		ValidFrom: p.ValidFrom.UTC(), CreatedAt: p.CreatedAt.UTC(),
	}
}

type contentJSON struct {
	ProductID id.ID        `json:"product_id"`
	Title     string       `json:"title"`
	Kind      catalog.Kind `json:"kind"`
	Requires  *id.ID       `json:"requires"`
	Archived  bool         `json:"archived"`
	Price     *priceJSON   `json:"price"`
	Prices    []priceJSON  `json:"prices"`
}

type offerRow struct {
	ID        id.ID
	Slug      string
	Title     string
	Kind      catalog.Kind
	Requires  *id.ID
	Available bool

	SoldWithoutArchived bool

	Prices []priceJSON
	Items  []contentJSON
}

// columns are where the columns of offers go.
func (r *offerRow) columns() []any {
	return []any{
		&r.ID, &r.Slug, &r.Title, &r.Kind, &r.Requires, &r.Available, &r.SoldWithoutArchived, &r.Prices, &r.Items,
	}
}

func (r offerRow) offer() catalog.Offer {
	o := catalog.Offer{
		ID: r.ID, Slug: r.Slug, Title: r.Title, Kind: r.Kind, Requires: orNil(r.Requires), Available: r.Available,
		Prices: quoted(r.Prices),
	}
	archived := map[id.ID]bool{}
	for _, c := range r.Items {
		archived[c.ProductID] = c.Archived
		o.Contents = append(o.Contents, catalog.Content{
			ProductID: c.ProductID, Title: c.Title, Kind: c.Kind, Requires: orNil(c.Requires), Prices: quoted(c.Prices),
		})
	}
	return domain.BundleOffer(o, archived, r.SoldWithoutArchived)
}

func quoted(prices []priceJSON) (out []catalog.Price) {
	for _, p := range prices {
		out = append(out, catalog.Price{
			Money: money.Of(p.Amount, p.Currency), Version: p.Version,
			ValidFrom: p.ValidFrom.UTC(),
		})
	}
	return out
}

func orNil(p *id.ID) id.ID {
	if p == nil {
		return id.Nil
	}
	return *p
}

func orNull(v id.ID) *id.ID {
	if v == id.Nil {
		return nil
	}
	return &v
}

type priceRow struct {
	SellableID id.ID
	Currency   money.Currency
	Version    int
	Amount     int64
	ValidFrom  time.Time
	CreatedAt  time.Time
	Withdrawn  *time.Time
}

func (r priceRow) price() domain.Price {
	return domain.Price{
		SellableID: r.SellableID, Money: money.Of(r.Amount, r.Currency), Version: r.Version,
		ValidFrom: r.ValidFrom.UTC(), CreatedAt: r.CreatedAt.UTC(), Withdrawn: utc(r.Withdrawn),
	}
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	out := t.UTC()
	return &out
}
