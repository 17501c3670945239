// Package ports has the interfaces of what catalog needs from outside.
package ports

import (
	"context"
	"slices"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Sellables stores products and bundles, inside a transaction.
type Sellables interface {
	// Insert adds a sellable. It returns ErrSlugTaken, or ErrUnknownItems when it refers to a product that does not exist.
	Insert(ctx context.Context, sellable domain.Sellable) error
	// Lock returns a sellable and locks it against other writers until the transaction ends; ErrNotFound.
	Lock(ctx context.Context, sellableID id.ID) (domain.Sellable, error)
	// Update stores a sellable under the next version; ErrStale, ErrSlugTaken, ErrUnknownItems.
	Update(ctx context.Context, sellable domain.Sellable) error
}

// Prices stores price versions and their withdrawals, inside a transaction. Versions are never changed.
type Prices interface {
	// Last returns the newest version in a currency, or nil.
	Last(ctx context.Context, sellableID id.ID, currency money.Currency) (*domain.Price, error)
	// Find returns a version; ErrNoPrice.
	Find(ctx context.Context, sellableID id.ID, currency money.Currency, version int) (domain.Price, error)
	// Insert adds a version; ErrPriceRace when it exists.
	Insert(ctx context.Context, price domain.Price) error
	// Withdraw stores that a version is withdrawn; ErrNoPrice when it is absent, ErrPriceRace when it was withdrawn
	// before.
	Withdraw(ctx context.Context, price domain.Price) error
}

// Stores share one transaction; they are invalid once Do's fn returns.
type Stores struct {
	Sellables Sellables
	Prices    Prices
}

// UnitOfWork commits when fn returns nil and rolls back otherwise. It may run fn more than once, so fn must have no
// effect but through its stores.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Item is a sellable as buyers see it.
type Item struct {
	Sellable domain.Sellable
	Price    *domain.Price // in force in the requested currency; nil: not sold in it
	Contents []ContentItem // of a bundle
}

// ContentItem is a product inside a bundle, with its price alone.
type ContentItem struct {
	ProductID id.ID
	Title     string
	Price     *domain.Price
	Archived  bool
}

// Listed reports whether lists show the item in the requested currency.
func (i Item) Listed() bool { return i.Sellable.Snapshot().ArchivedAt == nil && i.Price != nil }

// Sold returns what a buyer of a bundle gets, and whether it is sold at all.
func (i Item) Sold() (contents []ContentItem, sold bool) {
	s := i.Sellable.Snapshot()
	contents = slices.DeleteFunc(slices.Clone(i.Contents), func(c ContentItem) bool { return c.Archived })
	sold = s.ArchivedAt == nil && (len(contents) == len(i.Contents) || (s.SoldWithoutArchived && len(contents) > 0))
	return contents, sold
}

// ProductRepository reads products, bundles and prices outside of transactions.
type ProductRepository interface {
	// Find returns one item by ID or slug, archived or not; ErrNotFound. It may be as it was up to a second before.
	Find(ctx context.Context, ref string, currency money.Currency, at time.Time) (Item, error)
	// PriceHistory returns the versions in a currency, the newest first.
	PriceHistory(ctx context.Context, sellableID id.ID, currency money.Currency) ([]domain.Price, error)
	// Offers returns these sellables as they are, with their prices in force at a moment; absent ones are left out.
	Offers(ctx context.Context, sellableIDs []id.ID, at time.Time) ([]catalog.Offer, error)
	// Slug returns the slug of a title: its Latin words in a to z, and digits, with hyphens between them, MaxSlug
	// characters at most. It is empty for a title without a Latin form: one that has other letters and none of a to z, or
	// neither letter nor digit. Other sellables may have the slug.
	Slug(ctx context.Context, title string) (string, error)
	// Empty reports whether the catalog holds nothing at all.
	Empty(ctx context.Context) (bool, error)
	// OtherCurrencies returns the currencies of all prices, sorted, when there are prices and none is in this currency.
	OtherCurrencies(ctx context.Context, currency money.Currency) ([]money.Currency, error)
}
