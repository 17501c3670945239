// The race detector allocates as well, so nothing is counted under it.

//go:build !race

package rest_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/adapters/cache"
	"coinslot/modules/catalog/adapters/memory"
	"coinslot/modules/catalog/adapters/rest"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/service"
	"coinslot/platform/clock"
	"coinslot/platform/config"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric/noop"
)

// newReader returns what reads a remembered product through everything that a request goes through.
func newReader(t testing.TB) func() *httptest.ResponseRecorder {
	t.Helper()
	server, err := web.NewServer(web.Parts{
		Config: config.HTTP{HandlerTimeout: time.Minute, InFlight: 1}, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Meters: noop.NewMeterProvider(),
	})
	require.NoError(t, err)
	store := memory.NewStore()
	shelf, err := cache.NewShelf(store, config.Catalog{Cache: 1})
	require.NoError(t, err)
	s := service.New(service.Deps{
		Work: cache.NewUnitOfWork(store, shelf), Shelf: shelf, Clock: clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), IDs: id.V7{}, Currency: "USD",
	})
	rest.Register(server.API, s)
	price := money.Of(2499, "USD")
	_, err = s.Add(context.Background(), domain.Draft{Title: "Star Orchard", Kind: catalog.Game, Category: "simulation"}, &price)
	require.NoError(t, err)
	request, handler := httptest.NewRequest(http.MethodGet, "/v1/products/star-orchard", nil), server.Handler()
	return func() *httptest.ResponseRecorder {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		return recorder
	}
}

// mostAllocations is what a read of a remembered product may allocate, the recorder's own share included. It was
// measured and has a tenth of room: it stands here so that what is added is added on purpose.
const mostAllocations = 53

//nolint:paralleltest // allocations are counted for the whole process
func TestReadingAProductAllocatesLittle(t *testing.T) {
	read := newReader(t)
	answer := read()
	require.Equal(t, http.StatusOK, answer.Code)
	require.Contains(t, answer.Body.String(), `"title":"Star Orchard"`)
	allocations := testing.AllocsPerRun(200, func() { read() })
	t.Log(allocations)
	require.LessOrEqual(t, allocations, float64(mostAllocations))
}

func BenchmarkReadProduct(b *testing.B) {
	read := newReader(b)
	b.ReportAllocs()
	for b.Loop() {
		read()
	}
}
