package web

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"
)

// panicked is the error of a recovered panic, with its stack.
type panicked struct {
	value any
	stack []byte
}

// Error returns the value of the panic.
func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// recoverer returns a panic as an error. When a part of the response has been sent, it closes the connection, so that
// the client does not take that part for a complete response.
func recoverer(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if value == http.ErrAbortHandler { //nolint:errorlint // the value of a panic
				panic(value)
			}
			err = &panicked{value, debug.Stack()}
			if c.Response().Committed {
				note(c.Request().Context(), err)
				panic(http.ErrAbortHandler)
			}
		}()
		return next(c)
	}
}
