// Package bulk generates products and finished orders by the million.
package bulk

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"coinslot/app/store"

	"github.com/jackc/pgx/v5"
	"go.uber.org/dig"
	"go.uber.org/fx"

	billingservice "coinslot/modules/billing/service"
)

//go:embed sql/*.sql
var manyFiles embed.FS

const (
	madeAtOnce = 10_000     // rows of a transaction: as much as is lost when it is interrupted
	mostOrders = 10_000_000 // later ones would lie in the future
	leastSold  = 10         // products, of which each buyer has ten
	manyMaking = 0x6d616e79 // "many": the lock of whoever makes them
)

var errAlone = errors.New("somebody else is filling this database")

// maker fills a database with products and orders that look as if they had been bought, all of them finished.
type maker struct {
	conn     *pgx.Conn
	currency string
	seller   string
	out      io.Writer
}

// Amounts are how many there shall be.
type Amounts struct{ Products, Orders int }

// Make makes what is missing up to so many products and orders. It goes on where an earlier run was interrupted.
func Make(ctx context.Context, cfg store.Config, ownerURL string, wanted Amounts, out io.Writer) error {
	products, orders := wanted.Products, wanted.Orders
	if orders > mostOrders || products > mostOrders || products < 0 || orders < 0 {
		return fmt.Errorf("--products and --orders are numbers from 0 to %d", mostOrders)
	}
	if orders > 0 && products < leastSold {
		return fmt.Errorf("--orders needs --products of at least %d: each buyer has that many", leastSold)
	}
	conn, err := pgx.Connect(ctx, ownerURL)
	if err != nil {
		return fmt.Errorf("connect as the database's owner: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	seller, err := json.Marshal(map[string]any{
		"name": cfg.Store.Seller.Name, "address": cfg.Store.Seller.Address, "country": cfg.Store.Seller.Country,
		"tax_id": cfg.Store.Seller.TaxID, "email": cfg.Store.Seller.Email,
	})
	if err != nil {
		return err
	}
	m := &maker{conn: conn, currency: cfg.Store.Currency, seller: string(seller), out: out}
	for _, step := range []func() error{
		func() error { return m.prepare(ctx) },
		func() error {
			return m.fill(ctx, "products", products, products,
				`SELECT count(*) FROM catalog.sellables WHERE category = 'made-up'`)
		},
		func() error {
			return m.fill(ctx, "orders", orders, products,
				`SELECT coalesce(max(number), 0) FROM billing.invoices WHERE series = 'MADE-UP'`)
		},
		func() error { return m.seal(ctx, cfg) },
		func() error {
			_, err := conn.Exec(ctx, `ANALYZE`)
			return err
		},
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (m *maker) prepare(ctx context.Context) error {
	var alone bool
	if err := m.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(manyMaking)).Scan(&alone); err != nil {
		return err
	}
	if !alone {
		return errAlone
	}
	raw, err := manyFiles.ReadFile("sql/prepare.sql")
	if err != nil {
		return err
	}
	_, err = m.conn.Exec(ctx, string(raw))
	return err
}

// fill makes rows until there are enough, in transactions of their own.
func (m *maker) fill(ctx context.Context, what string, wanted, products int, count string) error {
	script, err := manyFiles.ReadFile("sql/" + what + ".sql")
	if err != nil {
		return err
	}
	var there int
	if err := m.conn.QueryRow(ctx, count).Scan(&there); err != nil {
		return err
	}
	bar := m.newBar(what, there, wanted)
	for first := there + 1; first <= wanted; first += madeAtOnce {
		last := min(first+madeAtOnce-1, wanted)
		text := strings.NewReplacer("@first", strconv.Itoa(first), "@last", strconv.Itoa(last), "@products",
			strconv.Itoa(products),
			"@currency", m.currency, "@seller", strings.ReplaceAll(m.seller, "'", "''")).Replace(string(script))
		if err := m.batch(ctx, text); err != nil {
			return fmt.Errorf("make %s %d to %d: %w", what, first, last, err)
		}
		bar.show(last)
	}
	bar.end()
	return nil
}

// batch runs statements in one transaction. Whoever may do so leaves out the triggers: these rows refer to each other
// rightly, and balance.
func (m *maker) batch(ctx context.Context, statements string) error {
	return pgx.BeginFunc(ctx, m.conn, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SELECT set_config('synchronous_commit', 'off', TRUE),
			CASE WHEN (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN set_config('session_replication_role', 'replica', TRUE) END`)
		if err == nil {
			_, err = tx.Exec(ctx, statements)
		}
		return err
	})
}

// seal chains the new entries of the journal, as the store would in the background.
func (m *maker) seal(ctx context.Context, cfg store.Config) error {
	var waiting int
	if err := m.conn.QueryRow(ctx, `SELECT count(*) FROM billing.journal_unsealed`).Scan(&waiting); err != nil || waiting == 0 {
		return err
	}
	fmt.Fprintf(m.out, "sealing %d entries of the journal …\n", waiting)
	var billing *billingservice.Service
	app := fx.New(store.New(cfg, slog.New(slog.DiscardHandler)), fx.Populate(&billing))
	if err := dig.RootCause(app.Err()); err != nil {
		return err
	}
	return billing.SealAll(ctx)
}

// bar shows how far something got.
type bar struct {
	out         io.Writer
	what        string
	from, until int
	began       time.Time
}

func (m *maker) newBar(what string, from, until int) *bar {
	b := &bar{m.out, what, from, until, time.Now()}
	if from > 0 {
		fmt.Fprintf(m.out, "%s: %d are there\n", what, from)
	}
	return b
}

const barWidth = 30

func (b *bar) show(done int) {
	left := time.Duration(float64(time.Since(b.began)) / float64(done-b.from) * float64(b.until-done))
	filled := barWidth * done / b.until
	fmt.Fprintf(b.out, "\r%s [%s%s] %d of %d, %s left ", b.what, strings.Repeat("#", filled),
		strings.Repeat(".", barWidth-filled), done, b.until, left.Round(time.Second))
}

func (b *bar) end() {
	if b.until > b.from {
		fmt.Fprintf(b.out, "\n%s: %d made in %s\n", b.what, b.until-b.from, time.Since(b.began).Round(100*time.Millisecond))
	}
}
