package web

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"coinslot/platform/config"

	"github.com/labstack/echo/v4"
)

// Client is the sender of a request.
type Client struct {
	Address   netip.Addr // from X-Forwarded-For behind trusted proxies; the zero Addr when it cannot be parsed
	Country   string     // of the address, if a trusted proxy says: ISO 3166-1 alpha-2
	UserAgent string     // as it was sent; it may be invalid UTF-8
}

// countries reads the country of a client's address from a header that a trusted proxy sets. Any other sender's header
// is ignored.
type countries struct {
	header  string
	trusted []netip.Prefix
}

func newCountries(cfg config.HTTP) (countries, error) {
	out := countries{header: cfg.CountryHeader}
	for _, cidr := range cfg.TrustedProxies {
		prefix, err := netip.ParsePrefix(cidr)
		if err != nil {
			return out, fmt.Errorf("read http.trusted_proxies: %w", err)
		}
		out.trusted = append(out.trusted, prefix)
	}
	return out, nil
}

func (c countries) of(r *http.Request) string {
	if c.header == "" {
		return ""
	}
	sender, err := netip.ParseAddrPort(r.RemoteAddr)
	values := r.Header.Values(c.header)
	if err != nil || len(values) != 1 ||
		!slices.ContainsFunc(c.trusted, func(p netip.Prefix) bool { return p.Contains(sender.Addr().Unmap()) }) {
		return ""
	}
	if code := strings.ToUpper(values[0]); isCountry(code) {
		return code
	}
	return ""
}

// isCountry reports whether a text has the form of a country's code. XX, ZZ and T1 say that it is not known.
func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z' && s != "XX" && s != "ZZ"
}

func clientOf(c echo.Context, from countries) Client {
	address, err := netip.ParseAddr(c.RealIP())
	if err != nil {
		address = netip.Addr{}
	}
	return Client{Address: address, Country: from.of(c.Request()), UserAgent: c.Request().UserAgent()}
}

// ClientOf returns the client of a handler's request, and the zero Client outside a request.
func ClientOf(ctx context.Context) Client {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok {
		return Client{}
	}
	return x.client
}
