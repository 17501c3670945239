package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"

	"coinslot/platform/fault"

	"github.com/labstack/echo/v4"
)

// always is answered however much there is to do: it is what tells others that there is too much.
var always = []string{"/livez", "/readyz"}

// admit lets so many requests be worked on at once. One more is turned away at the door, where that costs nothing, and
// not halfway through a purchase. A body is read before its request takes a seat, so that slow senders hold none.
func admit(most int) echo.MiddlewareFunc {
	seats := make(chan struct{}, most)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if slices.Contains(always, c.Request().URL.Path) {
				return next(c)
			}
			if err := readAhead(c.Request()); err != nil {
				return err
			}
			select {
			case seats <- struct{}{}:
			default:
				return fault.ErrOverloaded
			}
			defer func() { <-seats }()
			return next(c)
		}
	}
}

// readAhead reads as much of the body as any operation takes; what is longer is refused where it is parsed.
func readAhead(r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	var head bytes.Buffer
	_, err := io.CopyN(&head, r.Body, maxBody+1)
	if err != nil && !errors.Is(err, io.EOF) {
		return byStatus[http.StatusBadRequest]
	}
	r.Body = body{io.MultiReader(&head, r.Body), r.Body}
	return nil
}

type body struct {
	io.Reader
	io.Closer
}
