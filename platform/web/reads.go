package web

import (
	"mime"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"
)

// withHead is an adapter that registers HEAD with each GET. net/http omits the body.
type withHead struct{ huma.Adapter }

// Handle registers an operation.
func (a withHead) Handle(op *huma.Operation, handler func(huma.Context)) {
	a.Adapter.Handle(op, handler)
	if op.Method == http.MethodGet {
		head := *op
		head.Method = http.MethodHead
		a.Adapter.Handle(&head, handler)
	}
}

// read registers a handler for GET and HEAD.
func read(e *echo.Echo, path string, handler echo.HandlerFunc) {
	e.GET(path, handler)
	e.HEAD(path, handler)
}

// lowerMediaTypes changes media types to lower case, because Huma's look-ups are case-sensitive and media types are not
// (RFC 9110 §8.3.1).
func lowerMediaTypes(header http.Header) {
	if accept := header.Get("Accept"); accept != "" {
		header.Set("Accept", strings.ToLower(accept))
	}
	if given := header.Get("Content-Type"); given != "" {
		if mediaType, _, err := mime.ParseMediaType(given); err == nil {
			header.Set("Content-Type", mediaType)
		}
	}
}
