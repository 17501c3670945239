package web

import (
	"context"
	"net/netip"

	"github.com/labstack/echo/v4"
)

// Client is the sender of a request.
type Client struct {
	Address   netip.Addr // from X-Forwarded-For behind trusted proxies; the zero Addr when it cannot be parsed
	UserAgent string     // as it was sent; it may be invalid UTF-8
}

func clientOf(c echo.Context) Client {
	address, err := netip.ParseAddr(c.RealIP())
	if err != nil {
		address = netip.Addr{}
	}
	return Client{Address: address, UserAgent: c.Request().UserAgent()}
}

// ClientOf returns the client of a handler's request, and the zero Client outside a request.
func ClientOf(ctx context.Context) Client {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok {
		return Client{}
	}
	return x.client
}
