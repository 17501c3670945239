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
	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric/noop"
)

// newReader returns what reads a product through everything that a request goes through, with room for so many answers.
func newReader(t testing.TB, most int) func() *httptest.ResponseRecorder {
	t.Helper()
	still := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	answers, err := web.NewResponseCache(still, most)
	require.NoError(t, err)
	server, err := web.NewServer(web.Parts{
		Config: config.HTTP{HandlerTimeout: time.Minute, InFlight: 1}, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
		Meters: noop.NewMeterProvider(), Cache: answers,
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

// What a read of a product may allocate, the recorder's own share included: when its answer is remembered, and when it
// is not and comes from memory. They were measured and have a tenth of room: they stand here so that what is added is
// added on purpose.
const (
	mostRemembered = 31
	mostAnew       = 58
)

//nolint:paralleltest // allocations are counted for the whole process
func TestReadingAProductAllocatesLittle(t *testing.T) {
	for room, most := range map[int]float64{1: mostRemembered, 0: mostAnew} {
		read := newReader(t, room)
		answer := read()
		require.Equal(t, http.StatusOK, answer.Code)
		require.Contains(t, answer.Body.String(), `"title":"Star Orchard"`)
		allocations := testing.AllocsPerRun(200, func() { read() })
		t.Log(allocations)
		require.LessOrEqual(t, allocations, most)
	}
}

func BenchmarkReadProduct(b *testing.B) {
	for name, room := range map[string]int{"remembered": 1, "anew": 0} {
		b.Run(name, func(b *testing.B) {
			read := newReader(b, room)
			b.ReportAllocs()
			for b.Loop() {
				read()
			}
		})
	}
}
