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

// Rank is how well an item matches a text; a lower one is better, and an item has the best of those that it matches.
type Rank int

// The ranks. Words are compared after folding: Search says how. Within a rank items are in the order of the characters
// of their folded titles, so that a game comes before what is named after it; then in that of their IDs.
const (
	// RankTitle: the title begins with the text, whatever punctuation and blanks are in either. A title that is the text
	// comes first.
	RankTitle Rank = iota
	// RankTitleWords: each word of the text begins a word of the title.
	RankTitleWords
	// RankWords: each word of the text begins a word of the title or the description.
	RankWords
	// RankSimilar: the title has a part that is spelled like the text. The most similar first.
	RankSimilar
)

// Query asks for a page of what is on sale. Filters that are empty let everything pass.
type Query struct {
	Bundles  bool  // bundles instead of products
	Holding  id.ID // only bundles that are sold and hold this product
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

// Facets count what a query finds on all its pages. Each leaves out the query's filter by itself, so that it shows what
// another value of the filter would find.
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

// Search finds what is on sale, outside of transactions. Items without a price in the currency are left out.
//
// A Text is folded before it is compared, and so is what it is compared to: at least, letters of ASCII have no case,
// and words are what stands between blanks or punctuation. Folding further, and finding similar titles, depends on the
// adapter. A Text without any letter or digit finds nothing.
type Search interface {
	// List returns a page; ErrCursor for a cursor of another list. Pages that follow each other show an item that does not
	// change once, whatever is added, archived or withdrawn meanwhile.
	List(ctx context.Context, q Query) (page.Page[Item], error)
	// Facets counts what List finds.
	Facets(ctx context.Context, q Query) (Facets, error)
	// Categories returns the categories of products on sale, by name, priced or not.
	Categories(ctx context.Context) ([]Category, error)
}
