package web

import (
	"context"
	"net/netip"

	"github.com/labstack/echo/v4"
)

// Client is where a request comes from.
type Client struct {
	Address   netip.Addr // behind trusted proxies what they say; the zero Addr when nobody says
	UserAgent string     // as it was sent: any bytes
}

// clientOf reads who sends a request.
func clientOf(c echo.Context) Client {
	address, err := netip.ParseAddr(c.RealIP())
	if err != nil {
		address = netip.Addr{}
	}
	return Client{Address: address, UserAgent: c.Request().UserAgent()}
}

// ClientOf returns where the request of a handler comes from.
func ClientOf(ctx context.Context) Client {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok {
		return Client{}
	}
	return x.client
}
