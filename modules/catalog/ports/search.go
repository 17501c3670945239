package ports

import (
	"context"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"
)

// Sort is the order of a list.
type Sort string

// The sorts. Items that are equal under a sort are ordered by their IDs.
const (
	ByRelevance Sort = "relevance" // by Rank; needs a Text
	ByTitle     Sort = "title"     // as dictionaries do, regardless of case
	ByPrice     Sort = "price"
	ByPriceDesc Sort = "-price"
	ByNewest    Sort = "-created_at"
)

// Rank is how well an item matches a text. A lower rank is better; an item has the best rank that it matches.
type Rank int

// The ranks. Words are compared after folding, as Search describes. Within a rank items are ordered by the characters
// of their folded titles, so that a game precedes items that are named after it, and then by their IDs.
const (
	// RankTitle: the title begins with the text, regardless of punctuation and blanks. A title that equals the text is
	// first.
	RankTitle Rank = iota
	// RankTitleWords: each word of the text begins a word of the title.
	RankTitleWords
	// RankWords: each word of the text begins a word of the title or the description.
	RankWords
	// RankSimilar: a part of the title is spelled like the text. The most similar title is first.
	RankSimilar
)

// Query selects a page of the items on sale. An empty filter does not restrict the result.
type Query struct {
	Bundles  bool  // bundles instead of products
	Holding  id.ID // only bundles on sale that contain this product
	Text     string
	Category string
	Kind     catalog.Kind
	Prices   domain.PriceRange // in Currency
	Sort     Sort
	Currency money.Currency
	At       time.Time
	Page     page.Request
}

// Category is a category with the number of products on sale.
type Category struct {
	Name         string
	ProductCount int
}

// Facets count the items that a query finds on all pages. Each facet ignores the query's filter by its own attribute,
// so that it shows the counts for other values of that filter.
type Facets struct {
	Categories []Count // the most frequent first, then by name; MaxCategories at most
	Kinds      []Count // the most frequent first, then by name
	Prices     []PriceCount
}

// MaxCategories is how many categories Facets names at most.
const MaxCategories = 100

// Count is how many items have a value.
type Count struct {
	Value string
	Count int
}

// PriceCount is how many items have a price in a range of domain.PriceRanges. Ranges without any are left out.
type PriceCount struct {
	Range domain.PriceRange
	Count int
}

// Search finds items on sale, outside of transactions. Items without a price in the currency are left out.
//
// A Text and the titles are folded before they are compared: at least, the case of ASCII letters is ignored, and blanks
// and punctuation separate words. Whether an adapter folds further and finds similar titles depends on the adapter. A
// Text without letters and digits finds nothing.
type Search interface {
	// List returns a page; ErrCursor for a cursor of another list. Consecutive pages return an unchanged item once, even
	// if others are added, archived or withdrawn meanwhile.
	List(ctx context.Context, q Query) (page.Page[Item], error)
	// Facets counts what List finds.
	Facets(ctx context.Context, q Query) (Facets, error)
	// Categories returns the categories of products on sale, by name, priced or not.
	Categories(ctx context.Context) ([]Category, error)
}
