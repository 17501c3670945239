// Package bulk generates products and completed orders by the million.
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
var sqlFiles embed.FS

const (
	batchSize    = 10_000     // rows per transaction
	maxRows      = 10_000_000 // orders are two seconds apart; more would be dated in the future
	minProducts  = 10         // each buyer has ten orders, of ten different products
	generateLock = 0x6d616e79 // key of the advisory lock that a run holds
)

var errRunning = errors.New("another process is generating data in this database")

// generator inserts products and completed orders with all rows that belong to them.
type generator struct {
	conn     *pgx.Conn
	currency string
	seller   string
	out      io.Writer
}

// Counts are the numbers of generated products and orders that the database shall have.
type Counts struct{ Products, Orders int }

// Generate adds generated products and orders until there are as many as wanted, and prints its progress to out. Each
// transaction adds 10 000 rows; a run that was interrupted is resumed by the next call. ownerURL connects as the
// database's owner. One run at a time is allowed per database.
func Generate(ctx context.Context, cfg store.Config, ownerURL string, wanted Counts, out io.Writer) error {
	products, orders := wanted.Products, wanted.Orders
	if orders > maxRows || products > maxRows || products < 0 || orders < 0 {
		return fmt.Errorf("--products and --orders are numbers from 0 to %d", maxRows)
	}
	if orders > 0 && products < minProducts {
		return fmt.Errorf("--orders needs --products of at least %d: each buyer has that many", minProducts)
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
	g := &generator{conn: conn, currency: cfg.Store.Currency, seller: string(seller), out: out}
	for _, step := range []func() error{
		func() error { return g.prepare(ctx) },
		func() error {
			return g.fill(ctx, "products", products, products,
				`SELECT count(*) FROM catalog.sellables WHERE category = 'made-up'`)
		},
		func() error {
			return g.fill(ctx, "orders", orders, products,
				`SELECT coalesce(max(number), 0) FROM billing.invoices WHERE series = 'MADE-UP'`)
		},
		func() error { return g.analyze(ctx) }, // so that sealing is planned with indexes
		func() error { return g.seal(ctx, cfg) },
		func() error { return g.analyze(ctx) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (g *generator) analyze(ctx context.Context) error {
	_, err := g.conn.Exec(ctx, `ANALYZE`)
	return err
}

func (g *generator) prepare(ctx context.Context) error {
	var locked bool
	if err := g.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(generateLock)).Scan(&locked); err != nil {
		return err
	}
	if !locked {
		return errRunning
	}
	raw, err := sqlFiles.ReadFile("sql/prepare.sql")
	if err != nil {
		return err
	}
	_, err = g.conn.Exec(ctx, string(raw))
	return err
}

// fill runs a script in batches until wanted rows exist. The query count returns how many exist.
func (g *generator) fill(ctx context.Context, what string, wanted, products int, count string) error {
	script, err := sqlFiles.ReadFile("sql/" + what + ".sql")
	if err != nil {
		return err
	}
	var existing int
	if err := g.conn.QueryRow(ctx, count).Scan(&existing); err != nil {
		return err
	}
	bar := g.newBar(what, existing, wanted)
	for first := existing + 1; first <= wanted; first += batchSize {
		last := min(first+batchSize-1, wanted)
		text := strings.NewReplacer(
			"@first", strconv.Itoa(first), "@last", strconv.Itoa(last), "@products", strconv.Itoa(products),
			"@currency", g.currency, "@seller", strings.ReplaceAll(g.seller, "'", "''")).Replace(string(script))
		if err := g.batch(ctx, text); err != nil {
			return fmt.Errorf("generate %s %d to %d: %w", what, first, last, err)
		}
		bar.show(last)
	}
	bar.end()
	return nil
}

// batch runs statements in one transaction. A superuser disables triggers for it: the generated rows satisfy the
// foreign keys, and their journal entries balance.
func (g *generator) batch(ctx context.Context, statements string) error {
	return pgx.BeginFunc(ctx, g.conn, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SELECT set_config('synchronous_commit', 'off', TRUE),
			CASE WHEN (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
				THEN set_config('session_replication_role', 'replica', TRUE) END`)
		if err == nil {
			_, err = tx.Exec(ctx, statements)
		}
		return err
	})
}

// seal seals the new journal entries, which the store does in the background.
func (g *generator) seal(ctx context.Context, cfg store.Config) error {
	var unsealed int
	err := g.conn.QueryRow(ctx, `SELECT count(*) FROM billing.journal_unsealed`).Scan(&unsealed)
	if err != nil || unsealed == 0 {
		return err
	}
	fmt.Fprintf(g.out, "sealing %d journal entries …\n", unsealed)
	cfg.Database.StatementTimeout, cfg.Database.TransactionTimeout = time.Minute, 2*time.Minute
	var billing *billingservice.Service
	app := fx.New(store.New(cfg, slog.New(slog.DiscardHandler)), fx.Populate(&billing))
	if err := dig.RootCause(app.Err()); err != nil {
		return err
	}
	return billing.SealAll(ctx)
}

// bar is a progress bar.
type bar struct {
	out         io.Writer
	what        string
	from, until int
	began       time.Time
}

func (g *generator) newBar(what string, from, until int) *bar {
	b := &bar{g.out, what, from, until, time.Now()}
	if from > 0 {
		fmt.Fprintf(g.out, "%s: %d exist already\n", what, from)
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
		took := time.Since(b.began).Round(100 * time.Millisecond)
		fmt.Fprintf(b.out, "\n%s: %d generated in %s\n", b.what, b.until-b.from, took)
	}
}
