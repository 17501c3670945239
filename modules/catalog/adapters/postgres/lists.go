package postgres

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
	"coinslot/platform/postgres"
)

// shape is what the text of a list depends on. There are few shapes, so that each connection prepares and plans every
// text once. Values, such as those of the filters, are parameters: the plan does not depend on them.
type shape struct {
	sort    ports.Sort // ByRelevance: one rank, by the folded title
	bundles bool
	within  bool // only the sellables of @within, which are few: they are read by their IDs and sorted
	filters filters
	check   check
}

// filters says which of the filters by category and kind a text has.
type filters int

const (
	unfiltered filters = iota
	byCategory         // through an index by category in the list's order
	byKind             // through an index by kind in the list's order
	filtered           // without an index: an empty value does not restrict the list
)

// check is a condition on the search text.
type check int

const (
	anyText     check = iota
	rankTitle         // of ports.RankTitle
	rankWords         // of ports.RankTitleWords
	rankAny           // of ports.RankWords
	rankSimilar       // of ports.RankSimilar
	matching          // of any rank
)

// The titles that begin with the text are a range of search_key, which has the collation C. An index can find it in a
// generic plan, other than a pattern.
const beginning = `s.search_key >= @from AND s.search_key < @until`

// The function of the operator @@ does not use the column's index, and the planner assumes that it often holds.
var checks = map[check]string{
	anyText:   `TRUE`,
	rankTitle: `s.search_key < @until`, // the list starts at @from
	rankWords: `NOT (` + beginning + `) AND ts_match_vq(s.search_title_words, @query::tsquery)`,
	rankAny: `NOT (` + beginning + `) AND NOT ts_match_vq(s.search_title_words, @query::tsquery)
		AND ts_match_vq(s.search_words, @query::tsquery)`,
	rankSimilar: `NOT (` + beginning + `) AND NOT ts_match_vq(s.search_words, @query::tsquery)`,
	matching:    `(ts_match_vq(s.search_words, @query::tsquery) OR ` + beginning + ` OR s.id = ANY(@similar::uuid[]))`,
}

// The filters by category and kind as parameters that may be empty. The planner assumes that a CASE often holds, and so
// does not sort what an index has in order.
const (
	anyCategory = `CASE @category::text WHEN '' THEN TRUE ELSE s.category = @category END`
	anyKind     = `CASE @kind::text WHEN '' THEN TRUE ELSE s.kind = @kind END`
)

var filterTexts = map[filters]string{
	unfiltered: `TRUE`,
	byCategory: `s.category = @category AND ` + anyKind,
	byKind:     `s.kind = @kind AND ` + anyCategory,
	filtered:   anyCategory + ` AND ` + anyKind,
}

// ordering is the order of a list: a key and then the ID.
type ordering struct{ key, value, id, direction, after string }

func (s shape) ordering() ordering {
	o := ordering{id: "s.id", after: ">"}
	switch s.sort {
	case ports.ByTitle:
		o.key, o.value = "s.title COLLATE catalog.titles", "@title"
	case ports.ByPrice, ports.ByPriceDesc:
		o.key, o.value = "p.amount", "@price"
		if !s.within {
			o.key, o.id = "v.amount", "v.sellable_id"
		}
		if s.sort == ports.ByPriceDesc {
			o.direction, o.after = " DESC", "<"
		}
	case ports.ByNewest:
		return ordering{"s.created_at", "@created", "s.id", " DESC", "<"}
	case ports.ByRelevance:
		o.key, o.value = "s.search_key", "@key"
	}
	return o
}

// from joins what is listed, its price p in force, and for a list by price that version v: it is found in the order of
// the amounts.
func (s shape) from() string {
	price := " JOIN LATERAL (" + inForce("s.id", "@currency", "@at") + ") p ON "
	switch {
	case s.check == rankSimilar:
		return "catalog.similar_titles(@text, @bundles) m JOIN catalog.sellables s ON s.id = m.id" + price + "TRUE"
	case s.ordering().key == "v.amount":
		return "catalog.price_versions v JOIN catalog.sellables s ON s.id = v.sellable_id" + price + "p.version = v.version"
	}
	return "catalog.sellables s" + price + "TRUE"
}

func (s shape) conditions() string {
	all := []string{"s.archived_at IS NULL", "s.kind <> 'bundle'", filterTexts[s.filters], checks[s.check]}
	if s.bundles {
		all[1] = "s.kind = 'bundle'"
	}
	if s.within {
		all = append(all, "s.id = ANY(@within::uuid[])")
	}
	o := s.ordering()
	if s.check == rankSimilar {
		all = append(all, "(-m.similarity, s.search_key, s.id) > (-@similarity::real, @key, @id)")
	} else {
		all = append(all, "("+o.key+", "+o.id+") "+o.after+" ("+o.value+", @id)")
	}
	if o.key == "v.amount" {
		return strings.Join(append(all, "v.currency = @currency", "v.valid_from <= @at",
			"v.amount BETWEEN @min AND @max"), " AND ")
	}
	return strings.Join(append(all, "p.amount BETWEEN @min AND @max"), " AND ")
}

// text returns the statement. The limit of the inner query is known to the planner: it plans for a page. The rows of
// the outer one are read one by one until there are enough of them.
func (s shape) text() string {
	o := s.ordering()
	similarity, first := "0::real", o.key+o.direction+", "
	outer := "s.sort_key" + o.direction + ", s.id" + o.direction
	if s.check == rankSimilar {
		similarity, first = "m.similarity", "m.similarity DESC, s.search_key, "
		outer = "s.similarity DESC, s.search_key, s.id"
	}
	inside := ""
	if s.bundles {
		inside = ", " + contents + ", " + items("@currency", "@at")
	}
	return `SELECT ` + sellableColumns + `, s.amount, s.currency, s.price_version, s.valid_from, s.priced_at,
			s.search_key, s.similarity` + inside + `
		FROM (SELECT ` + sellableColumns + `, s.search_key, ` + similarity + ` AS similarity, ` + o.key + ` AS sort_key,
				p.amount, p.currency, p.version AS price_version, p.valid_from, p.created_at AS priced_at
			FROM ` + s.from() + `
			WHERE ` + s.conditions() + `
			ORDER BY ` + first + o.id + o.direction + ` LIMIT ` + mostRows + `) s
		ORDER BY ` + outer + ` LIMIT @limit`
}

// mostRows are those of the largest page, and the one that shows that there is a next page.
var mostRows = strconv.Itoa(page.MaxLimit + 1)

// statement is a text with named parameters.
type statement struct {
	text  string
	names []string
}

var parameter = regexp.MustCompile(`@[a-z]+`)

func prepare(text string) statement {
	return statement{text, parameter.FindAllString(text, -1)}
}

// named returns the values of the statement's parameters.
func (s statement) named(l *list) postgres.Named {
	out := make(postgres.Named, len(s.names))
	for _, name := range s.names {
		out[name[1:]] = l.value(name)
	}
	return out
}

var statements sync.Map // shape → statement

func (s shape) statement() statement {
	if known, ok := statements.Load(s); ok {
		return known.(statement)
	}
	made := prepare(s.text())
	statements.Store(s, made)
	return made
}

// list is a query on its way to its statements.
type list struct {
	ports.Query

	text    text
	start   ports.Position // the rows are those after it
	limit   int
	within  [][16]byte // nil: everything
	similar [][16]byte // sellables with a similar title
}

// ends are the positions before all rows.
var ends = map[ports.Sort]ports.Position{
	ports.ByRelevance: {Match: ports.Match{Similarity: 2}},
	ports.ByTitle:     {},
	ports.ByPrice:     {Price: -1},
	ports.ByPriceDesc: {Price: math.MaxInt64, ID: id.Max},
	ports.ByNewest:    {At: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ID: id.Max},
}

func (l *list) value(parameter string) any {
	switch parameter {
	case "@currency":
		return l.Currency
	case "@at":
		return l.At
	case "@category":
		return strings.ToLower(l.Category)
	case "@kind":
		return l.kind()
	case "@min":
		return l.Prices.Min
	case "@max":
		return l.max()
	case "@holding":
		return l.Holding
	case "@bundles":
		return l.Bundles
	case "@within":
		return l.within
	case "@limit":
		return l.limit
	}
	if value, ok := l.position(parameter); ok {
		return value
	}
	return l.text.value(parameter, l.similar)
}

func (l *list) position(parameter string) (any, bool) {
	switch parameter {
	case "@id":
		return l.start.ID, true
	case "@title":
		return l.start.Title, true
	case "@price":
		return l.start.Price, true
	case "@created":
		return l.start.At, true
	case "@key":
		return l.start.Key, true
	case "@similarity":
		return l.start.Similarity, true
	}
	return nil, false
}

// kind is the kind to look for. That of bundles is a condition of its own.
func (l *list) kind() catalog.Kind {
	if l.Bundles {
		return ""
	}
	return l.Kind
}

func (l *list) max() int64 {
	if l.Prices.Max != nil {
		return *l.Prices.Max
	}
	return math.MaxInt64
}

// shape returns the shape of a list in an order, with a check.
func (l *list) shape(sort ports.Sort, c check) shape {
	s := shape{sort: sort, bundles: l.Bundles, within: l.within != nil, check: c}
	indexed := !s.within && (sort == ports.ByTitle || sort == ports.ByNewest)
	switch {
	case l.Category == "" && l.kind() == "":
	case indexed && l.Category != "":
		s.filters = byCategory
	case indexed, c == rankTitle && !s.within && l.kind() != "":
		s.filters = byKind
	default:
		s.filters = filtered
	}
	return s
}
