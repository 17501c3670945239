//go:build bench

package bench_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"coinslot/app/bulk"
	"coinslot/app/store"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
)

// listCase is a list of the store, and the rest of the baseline's statement for the same rows: a condition, which has
// the keyset, and an order.
type listCase struct{ what, query, keyset string }

const (
	last   = `'ffffffff-ffff-ffff-ffff-ffffffffffff'`
	newest = `(s.created_at, s.id) < ('infinity', ` + last + `) ORDER BY s.created_at DESC, s.id DESC`
	dark   = `s.search_key >= 'dark' AND s.search_key < 'darl'` // the titles that begin with it
	zero   = `'00000000-0000-0000-0000-000000000000'`
	titled = `(s.title COLLATE catalog.titles, s.id) > ('', ` + zero + `) ORDER BY s.title COLLATE catalog.titles, s.id`
)

var listCases = []listCase{
	{"newest", "", newest},
	{"by title", "sort=title", titled},
	{"by price", "sort=price", `(v.amount, s.id) > (-1, ` + zero + `) ORDER BY v.amount, v.sellable_id`},
	{"by price, falling", "sort=-price", `(v.amount, v.sellable_id) < (99999999, ` + last + `)
		ORDER BY v.amount DESC, v.sellable_id DESC`},
	{"of a category", "category=varied-1", `s.category = 'varied-1' AND ` + newest},
	{"of a kind by title", "kind=consumable&sort=title", `s.kind = 'consumable' AND ` + titled},
	{"of a price range", "price_min=1000&price_max=1999", `p.amount BETWEEN 1000 AND 1999 AND ` + newest},
	{"searched, titles", "q=dark", dark + ` ORDER BY s.search_key, s.id`},
	{"searched, words", "q=dragon+chronicles", `s.search_title_words @@ '''dragon'':* & ''chronicles'':*'::tsquery
		ORDER BY s.search_key, s.id`},
	{"searched, newest", "q=dark&sort=-created_at", dark + ` AND ` + newest},
}

// statement returns the baseline's statement for a page.
func (c listCase) statement() string {
	const columns = `SELECT s.id::text, s.slug, s.title, s.description, s.kind, s.category, s.created_at,
		p.amount, p.currency, p.version, p.valid_from FROM `
	const price = `LATERAL (SELECT * FROM catalog.price_versions v
			WHERE v.sellable_id = s.id AND v.currency = 'EUR' AND v.valid_from <= now()
			ORDER BY v.version DESC LIMIT 1) p`
	const condition = ` WHERE s.archived_at IS NULL AND s.kind <> 'bundle' AND `
	from := `catalog.sellables s, ` + price + condition
	if c.query == "sort=price" || c.query == "sort=-price" {
		from = `catalog.price_versions v JOIN catalog.sellables s ON s.id = v.sellable_id, ` + price + condition +
			`v.currency = 'EUR' AND p.version = v.version AND `
	}
	return columns + from + c.keyset + ` LIMIT 21`
}

type bareItem struct {
	ID, Slug, Title, Description, Kind, Category, Currency string
	Amount                                                 int64
	Version                                                int
	ValidFrom, CreatedAt                                   time.Time
}

// bareList serves the lists by their numbers.
func bareList(pool *pgxpool.Pool) echo.HandlerFunc {
	return func(c echo.Context) error {
		n, err := strconv.Atoi(c.Param("case"))
		if err != nil {
			return err
		}
		rows, err := pool.Query(c.Request().Context(), listCases[n].statement())
		if err != nil {
			return err
		}
		items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (found bareItem, err error) {
			err = row.Scan(&found.ID, &found.Slug, &found.Title, &found.Description, &found.Kind, &found.Category,
				&found.CreatedAt, &found.Amount, &found.Currency, &found.Version, &found.ValidFrom)
			return found, err
		})
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, map[string]any{"items": items[:min(20, len(items))], "more": len(items) > 20})
	}
}

// lists measures P11: a list of 20 products by each sort, filter and search, against a keyset list of the same rows
// through Echo and pgx.
func (b *bench) lists() {
	size := 10_000
	if os.Getenv(quickVariable) != "" {
		size = 2_000
	}
	m := b.newMarket()
	require.NoError(b.t, bulk.Generate(b.t.Context(), m.Config(b.t), m.Database.OwnerURL, bulk.Counts{Products: size},
		io.Discard))
	m.exec(varyTitles, "VACUUM ANALYZE")
	bare := b.startBare(m)
	defer m.open(b.binary("bench"), "COINSLOT_CATALOG_CACHE=0")()
	defer b.shorter(2 * time.Second)()
	for n, c := range listCases {
		ours, theirs := m.URL+"/v1/products?limit=20&"+c.query, fmt.Sprintf("%s/lists/%d", bare, n)
		require.Equal(b.t, b.titles(theirs), b.titles(ours), c.what)
		pair := [2]*wires{b.newWires(ours), b.newWires(theirs)}
		b.compare(figure{Name: "P11", What: "list of products, " + c.what + " ÷ Echo and pgx alone", Goal: 0.6}, 5,
			func(d time.Duration) float64 { return flood(d, pair[0].read) },
			func(d time.Duration) float64 { return flood(d, pair[1].read) })
	}
}

// shorter makes rounds shorter, until the returned function is called.
func (b *bench) shorter(round time.Duration) (reset func()) {
	before := b.round
	b.round = min(before, round)
	return func() { b.round = before }
}

// titles returns the titles of a list.
func (b *bench) titles(address string) (titles []string) {
	response, err := http.Get(address)
	require.NoError(b.t, err)
	defer response.Body.Close()
	var list struct{ Items []struct{ Title string } }
	require.NoError(b.t, json.NewDecoder(response.Body).Decode(&list))
	for _, item := range list.Items {
		titles = append(titles, item.Title)
	}
	require.NotEmpty(b.t, titles, address)
	return titles
}

// bareAdd adds a line to a cart, or one to its quantity.
func bareAdd(pool *pgxpool.Pool) echo.HandlerFunc {
	return func(c echo.Context) error {
		var body struct{ Line, Cart, Product string }
		if err := c.Bind(&body); err != nil {
			return err
		}
		var quantity int
		err := pool.QueryRow(c.Request().Context(), `INSERT INTO cart.lines
				(id, cart_id, sellable_id, bundle, consumable, quantity, amount, currency, price_version, added_at)
			VALUES ($1, $2, $3, FALSE, TRUE, 1, 100, 'EUR', 1, now())
			ON CONFLICT (id) DO UPDATE SET quantity = lines.quantity + 1 RETURNING quantity`,
			body.Line, body.Cart, body.Product).Scan(&quantity)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, map[string]any{"id": body.Line, "quantity": quantity})
	}
}

// adds measures P12: an add to a cart with 1 and with 50 lines, against one upsert of a cart line through Echo and pgx.
func (b *bench) adds() {
	m := b.market()
	bare := b.startBare(m)
	defer m.open(b.binary("bench"))()
	defer b.shorter(2 * time.Second)()
	add := func(lines int, bareURL string) func(d time.Duration) float64 {
		return func(d time.Duration) float64 {
			w := m.newAdds(lines, bareURL)
			return flood(d, w.read)
		}
	}
	b.compare(figure{Name: "P12", What: "add to a cart with 1 line ÷ Echo and pgx alone", Goal: 0.5}, 5,
		add(1, ""), add(1, bare+"/adds"))
	b.compare(figure{Name: "P12", What: "add to a cart with 50 lines ÷ Echo and pgx alone", Goal: 0.5}, 5,
		add(50, ""), add(50, bare+"/adds"))
	b.compare(figure{Name: "P12", What: "add to a cart with 50 lines ÷ with 1", Goal: 0.5}, 5, add(50, ""), add(1, ""))
}

// newAdds fills the carts with a number of lines, and returns requests that add one to the quantity of a line.
func (m *market) newAdds(lines int, bareURL string) *wires {
	m.fill()
	m.exec(fmt.Sprintf(`DELETE FROM cart.lines l USING (
			SELECT id, row_number() OVER (PARTITION BY cart_id ORDER BY sellable_id) AS n FROM cart.lines) AS numbered
		WHERE numbered.id = l.id AND n > %d`, lines), `ANALYZE cart.lines`)
	address := m.URL + "/v1/cart/items"
	if bareURL != "" {
		address = bareURL
	}
	w := m.b.newWires(address)
	for client, buyers := range m.buyers {
		var line, product string
		require.NoError(m.b.t, m.conn.QueryRow(m.b.t.Context(),
			`SELECT id::text, sellable_id::text FROM cart.lines WHERE cart_id = $1 ORDER BY sellable_id LIMIT 1`,
			buyers[0].cart).Scan(&line, &product))
		body, header := fmt.Sprintf(`{"product_id":%q}`, product), "Authorization: Bearer "+buyers[0].token+"\r\n"
		if bareURL != "" {
			body, header = fmt.Sprintf(`{"Line":%q,"Cart":%q,"Product":%q}`, line, buyers[0].cart, product), ""
		}
		w.requests[client] = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\n%sContent-Type: application/json\r\n"+
			"Content-Length: %d\r\n\r\n%s", w.path, w.address, header, len(body), body)
	}
	return w
}

// firstMinute measures P13: lists and checkouts of a new store, whose tables autovacuum has not analyzed, against those
// of another one that is analyzed. The new store has the statistics that a command makes after it has added products.
func (b *bench) firstMinute() {
	fresh, known := b.newMarket(), b.newMarket()
	migrator, err := store.NewMigrator(b.t.Context(), fresh.Database.OwnerURL)
	require.NoError(b.t, err)
	require.NoError(b.t, migrator.Analyze(b.t.Context()))
	migrator.Close()
	defer known.open(b.binary("bench"), "COINSLOT_CATALOG_CACHE=0")()
	known.checkoutSpeed(b.round / 4)
	known.exec("ANALYZE")
	defer fresh.open(b.binary("bench"), "COINSLOT_CATALOG_CACHE=0")()
	defer b.shorter(2 * time.Second)()
	const list = "/v1/products?limit=20"
	b.compare(figure{Name: "P13", What: "checkout, median, in a new store ÷ after ANALYZE", Goal: 0.9}, 1,
		fresh.checkoutSpeed, known.checkoutSpeed)
	b.compare(figure{Name: "P13", What: "list of products in a new store ÷ after ANALYZE", Goal: 0.9}, 2,
		b.speed(fresh, list), b.speed(known, list))
}
