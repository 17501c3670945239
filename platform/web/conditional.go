package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

const (
	headerETag = "ETag"
	// maxTagged bounds the answers that are held back to be hashed, in bytes. A longer one goes out without an entity tag.
	maxTagged = 1 << 20
	maxKept   = 64 << 10 // of a buffer that is used again, in bytes
)

// conditional answers 304 in place of a 200 whose entity tag the request lists in If-None-Match.
func conditional(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		tags := c.Request().Header.Get("If-None-Match")
		if tags == "" || !isRead(c.Request()) {
			return next(c)
		}
		writer := &conditionalWriter{ResponseWriter: c.Response().Writer, tags: tags}
		c.Response().Writer = writer
		err := next(c)
		c.Response().Writer = writer.ResponseWriter
		if writer.matched {
			c.Response().Status, c.Response().Size = http.StatusNotModified, 0
		}
		return err
	}
}

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

type conditionalWriter struct {
	http.ResponseWriter
	tags    string
	matched bool
}

// WriteHeader turns a 200 that the client has already into a 304.
func (w *conditionalWriter) WriteHeader(status int) {
	if w.matched = status == http.StatusOK && listsTag(w.tags, w.Header().Get(headerETag)); w.matched {
		for _, name := range []string{"Content-Type", "Content-Length", "Content-Disposition"} {
			w.Header().Del(name)
		}
		status = http.StatusNotModified
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write drops the body of a 304.
func (w *conditionalWriter) Write(piece []byte) (int, error) {
	if w.matched {
		return len(piece), nil
	}
	return w.ResponseWriter.Write(piece)
}

// Unwrap returns the writer behind, for http.ResponseController.
func (w *conditionalWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// listsTag compares weakly, as RFC 9110 §13.1.2 says.
func listsTag(list, tag string) bool {
	if tag == "" {
		return false
	}
	if strings.TrimSpace(list) == "*" {
		return true
	}
	for candidate := range strings.SplitSeq(list, ",") {
		if strings.TrimPrefix(strings.TrimSpace(candidate), "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// tagged gives every answer to a read an entity tag. It is made from the body, because a body shows more than its row:
// a product also its price at the moment, a cart its problems. A row version that the handler names comes first in it,
// for If-Match.
func tagged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !isRead(c.Request()) {
			return next(c)
		}
		writer := tagging.Get().(*taggedWriter) //nolint:forcetypeassert // nothing else is in it
		before := c.Response().Writer
		defer func() { // after a panic, too
			c.Response().Writer = before
			writer.free()
		}()
		writer.ResponseWriter = before
		c.Response().Writer = writer
		err := next(c)
		if err != nil && writer.status == 0 {
			return err // the problem is written by others
		}
		if flushErr := writer.finish(); err == nil {
			err = flushErr
		}
		return err
	}
}

// taggedWriter holds a 200 back until its body is whole.
type taggedWriter struct {
	http.ResponseWriter
	status int
	held   []byte
	passes bool // nothing is held back any more
}

// tagging are writers to be used again, with their buffers.
var tagging = sync.Pool{New: func() any { return &taggedWriter{} }}

func (w *taggedWriter) free() {
	if cap(w.held) > maxKept {
		w.held = nil
	}
	*w = taggedWriter{held: w.held[:0]}
	tagging.Put(w)
}

// WriteHeader waits for the body of a 200 that can be tagged. A table is written as it is made.
func (w *taggedWriter) WriteHeader(status int) {
	w.status = status
	if status != http.StatusOK || strings.HasPrefix(w.Header().Get("Content-Type"), CSV) {
		w.passes = true
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write holds a piece of the body back, or passes it on.
func (w *taggedWriter) Write(piece []byte) (int, error) {
	if !w.passes && len(w.held)+len(piece) <= maxTagged {
		w.held = append(w.held, piece...)
		return len(piece), nil
	}
	if err := w.release(); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(piece)
}

// release sends what was held back.
func (w *taggedWriter) release() error {
	if w.passes {
		return nil
	}
	w.passes = true
	w.ResponseWriter.WriteHeader(w.status)
	_, err := w.ResponseWriter.Write(w.held)
	return err
}

func (w *taggedWriter) finish() error {
	if w.passes || w.status == 0 {
		return nil
	}
	sum := sha256.Sum256(w.held)
	tag := append(make([]byte, 0, 64), '"')
	if version := strings.Trim(w.Header().Get(headerETag), `"`); version != "" {
		tag = append(append(tag, version...), versionEnd...)
	}
	w.Header().Set(headerETag, string(append(base64.RawURLEncoding.AppendEncode(tag, sum[:12]), '"')))
	return w.release()
}

// Unwrap returns the writer behind, for http.ResponseController.
func (w *taggedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
