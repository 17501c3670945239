//go:build bench

package bench_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"coinslot/app/e2e/harness"

	"coinslot/platform/child"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
)

const bareVariable = "COINSLOT_TEST_BENCH_BARE" // database URL of the baseline server

// startBare starts the baseline server, Echo with pgx, in its own process, and returns its URL.
func (b *bench) startBare(m *market) string {
	self, err := os.Executable()
	require.NoError(b.t, err)
	server, err := child.Start(b.t.Context(), []string{bareVariable + "=" + m.Database.StoreURL}, self,
		"-test.run=^TestBare$")
	require.NoError(b.t, err)
	b.t.Cleanup(func() { require.NoError(b.t, server.Stop()) })
	return server.URL
}

// TestBare runs the baseline server until its standard input is closed.
func TestBare(t *testing.T) {
	url := os.Getenv(bareVariable)
	if url == "" {
		t.Log("started by TestBench")
		return
	}
	cfg, err := pgxpool.ParseConfig(url)
	require.NoError(t, err)
	cfg.MaxConns = 16                                                      // the store's default
	cfg.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_generic_plan" // as the store
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	defer pool.Close()
	e := echo.New()
	e.GET("/hello", func(c echo.Context) error { return c.JSON(http.StatusOK, harness.Object{"hello": "world"}) })
	e.GET("/products/:id", bareProduct(pool))
	e.GET("/lists/:case", bareList(pool))
	e.POST("/adds", bareAdd(pool))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: e, ReadHeaderTimeout: time.Second}
	go server.Serve(listener)
	defer server.Close()
	fmt.Println("http://" + listener.Addr().String())
	io.Copy(io.Discard, os.Stdin)
}

func bareProduct(pool *pgxpool.Pool) echo.HandlerFunc {
	return func(c echo.Context) error {
		var found bareItem
		err := pool.QueryRow(c.Request().Context(),
			`SELECT s.id::text, s.slug, s.title, s.description, s.kind, s.category, s.created_at,
				p.amount, p.currency, p.version, p.valid_from
			FROM catalog.sellables s, LATERAL (
				SELECT * FROM catalog.price_versions v
				WHERE v.sellable_id = s.id AND v.currency = 'EUR' AND v.valid_from <= now()
				ORDER BY v.version DESC LIMIT 1) p
			WHERE s.id = $1`, c.Param("id")).Scan(
			&found.ID, &found.Slug, &found.Title, &found.Description, &found.Kind, &found.Category, &found.CreatedAt,
			&found.Amount, &found.Currency, &found.Version, &found.ValidFrom)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, found)
	}
}
