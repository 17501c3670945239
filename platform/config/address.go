package config

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Loopback reports whether an address of the form host:port resolves to a loopback address. It reports false when the
// address cannot be resolved.
func Loopback(address string) bool {
	resolved, err := net.ResolveTCPAddr("tcp", address)
	return err == nil && resolved.IP.IsLoopback()
}

// IsAllowedOrigin reports whether the list allows an origin. An entry with the port *, such as http://localhost:*,
// allows every port; the entry * allows every origin.
func IsAllowedOrigin(allowed []string, origin string) bool {
	origin = strings.ToLower(origin)
	return slices.ContainsFunc(allowed, func(o string) bool {
		host, anyPort := strings.CutSuffix(strings.ToLower(o), ":*")
		if !anyPort {
			return o == "*" || host == origin
		}
		port, found := strings.CutPrefix(origin, host)
		_, err := strconv.ParseUint(strings.TrimPrefix(port, ":"), 10, 16)
		return found && (port == "" || (port[0] == ':' && err == nil))
	})
}

func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && isHTTP(u) && u.Scheme+"://"+u.Host == text
}

func isHTTP(u *url.URL) bool { return u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") }
