// With failpoints the clock is the rig's, and no test may set another.

//go:build !failpoints

package main

import (
	"net/http"
	"testing"
	"time"

	"coinslot/platform/clock"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// TestAnotherProcessHearsOfAChangedProduct has a second process for which time stands still, so that what it remembers
// never grows old: only a notice makes it look again.
func TestAnotherProcessHearsOfAChangedProduct(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	server, stop := r.start(t, r.config(t), false, fx.Decorate(func(clock.Clock) clock.Clock { return clock.NewManual(time.Now()) }))
	t.Cleanup(stop)
	other := &client{t: t, base: "http://" + server.Address()}
	product := other.product("tidewright")
	clerk := r.clerk(t)
	clerk.product("tidewright") // so that the process itself remembers it as well
	clerk.send(http.MethodPatch, "/v1/admin/products/"+product.text("id"), object{"title": "Tidewright Again"}, nil).is(http.StatusOK)
	require.Equal(t, "Tidewright Again", r.guest(t).product("tidewright").text("title"), "the process itself")
	eventually(t, "the other process hears of it", func() bool { return other.product("tidewright").text("title") == "Tidewright Again" })
}
