package rest

import "strings"

// descriptions say in the API's document what the operations do.
var descriptions = map[string]string{
	"list-product-bundles": `The newest first: those that can be bought and have a price in the currency. A bundle
that is not sold, because it or another product of it is archived, is left out. 404 not-found for a product that GET
/v1/products does not list in the currency.`,
	"list-categories": "With the number of products on sale in each.",
	"add-product": `Puts a product on sale, at its price if there is one: without a price it is not listed. Without a
slug it gets that of its title, in Latin letters, or its ID when the title has none. 409 slug-taken; 422 lists every
violation at once.`,
	"add-bundle": `Sells several products together, at its price if there is one: without a price it is not listed.
Without a slug it gets that of its title, as a product does. 409 slug-taken; 422 unknown-product when one of
product_ids does not exist.`,
}

// descriptionsOf are those of what products and bundles have alike.
func descriptionsOf(noun string) map[string]string {
	out := map[string]string{}
	for operation, text := range map[string]string{
		"list-{}s": `Those that have a price in the currency. An archived {} is not listed.

q finds titles and descriptions whatever the case, the accents and the punctuation of either: pokemon finds Pokémon,
lodz finds ŁÓDŹ, and stalker finds S.T.A.L.K.E.R. By relevance, a title that is q comes first, then titles that begin
with q, then those in which each word of q begins a word, then those with the other words in the description, and last
those that are spelled like q, such as Star Orchard for orchads; another sort changes the order, not what is found. A
q without any letter or digit finds nothing. 422 invalid-request says what is wrong with q, such as more than 200
characters or 20 words.

With facets=true, facets counts what is on all pages, by category, kind and price. Each facet leaves its own filter
out, so that it shows what its other values would find.`,
		"get-{}": "By its ID or its slug. It may be a second old; what a purchase costs is quoted anew. 404 not-found.",
		"list-{}-prices": `The newest version first; with at, the one in force at that moment. A version is never
changed: an order names the one that it was sold at.`,
		"change-{}": `Changes what the body names and leaves the rest; what was sold stays as it was. 409 slug-taken or
archived; 412 stale-version when If-Match is not the {}'s version any more: read it again.`,
		"set-{}-price": `Adds the next price version of a currency, in force from valid_from, which is now when it is
left out. Earlier versions stay. 422 price-in-the-past; 409 price-race when somebody else set a price at the same
moment.`,
		"archive-{}": `Takes the {} off sale. Its buyers keep it, and carts that hold it show item-unavailable. 412
stale-version.`,
		"unarchive-{}": "Puts an archived {} back on sale, at the price in force. 412 stale-version.",
		"withdraw-{}-price": `Before it starts: the version in force until then stays in force. The same call again
changes nothing. 409 price-in-force once it has started; 404 price-not-found.`,
	} {
		out[strings.ReplaceAll(operation, "{}", noun)] = strings.ReplaceAll(text, "{}", noun)
	}
	return out
}
