package web

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"
)

// panicked is a panic with its stack, for the log.
type panicked struct {
	value any
	stack []byte
}

// Error returns what the panic said.
func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// recoverer turns a panic into an error. When a part of the answer is sent already the connection is cut, so that nobody
// takes that part for the whole.
func recoverer(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if value == http.ErrAbortHandler { //nolint:errorlint // it is the value of a panic
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
