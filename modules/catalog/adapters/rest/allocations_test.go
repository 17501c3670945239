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
	"coinslot/modules/catalog/adapters/memory"
	"coinslot/modules/catalog/adapters/rest"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/service"
	"coinslot/platform/clock"
	"coinslot/platform/config"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/telemetry"
	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
)

// newReader returns a function that reads a product through the whole server. Its response cache has size responses.
func newReader(t testing.TB, size int) func() *httptest.ResponseRecorder {
	t.Helper()
	still := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	cache, err := web.NewResponseCache(still, size)
	require.NoError(t, err)
	server, err := web.NewServer(web.Parts{
		Config: config.HTTP{HandlerTimeout: time.Minute, InFlight: 1}, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
		Telemetry: telemetry.Discard(), Cache: cache,
	})
	require.NoError(t, err)
	store := memory.NewStore()
	s := service.New(service.Deps{
		Work: store, Products: store, Search: store, Clock: still, IDs: id.V7{}, Currency: "USD",
	})
	rest.Register(server.API, s)
	price := money.Of(2499, "USD")
	_, err = s.Add(context.Background(), domain.Draft{
		Title: "Star Orchard", Kind: catalog.Game,
		Category: "simulation",
	}, &price)
	require.NoError(t, err)
	request, handler := httptest.NewRequest(http.MethodGet, "/v1/products/star-orchard", nil), server.Handler()
	return func() *httptest.ResponseRecorder {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		return recorder
	}
}

// The limits of the allocations of a read of a product, those of the recorder included: with a cached response, and
// without one, from memory. They are a tenth above what was measured, so that an addition is deliberate.
const (
	maxCached   = 31
	maxUncached = 58
)

//nolint:paralleltest // allocations are counted for the whole process
func TestGetProduct_AllocatesLittle(t *testing.T) {
	for size, limit := range map[int]float64{1: maxCached, 0: maxUncached} {
		read := newReader(t, size)
		response := read()
		require.Equal(t, http.StatusOK, response.Code)
		require.Contains(t, response.Body.String(), `"title":"Star Orchard"`)
		allocations := testing.AllocsPerRun(200, func() { read() })
		t.Log(allocations)
		require.LessOrEqual(t, allocations, limit)
	}
}

func BenchmarkReadProduct(b *testing.B) {
	for name, size := range map[string]int{"cached": 1, "uncached": 0} {
		b.Run(name, func(b *testing.B) {
			read := newReader(b, size)
			b.ReportAllocs()
			for b.Loop() {
				read()
			}
		})
	}
}
