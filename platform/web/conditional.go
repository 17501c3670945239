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
	// maxTagged is the maximum length of a body that is buffered and hashed, in bytes. A longer one has no entity tag.
	maxTagged = 1 << 20
	maxPooled = 64 << 10 // the maximum capacity of a pooled buffer, in bytes
)

// conditional returns 304 in place of 200 when If-None-Match lists the entity tag of the response.
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

// WriteHeader writes 304 in place of 200 when the entity tag matches.
func (w *conditionalWriter) WriteHeader(status int) {
	if w.matched = status == http.StatusOK && listsTag(w.tags, w.Header().Get(headerETag)); w.matched {
		for _, name := range []string{"Content-Type", "Content-Length", "Content-Disposition"} {
			w.Header().Del(name)
		}
		status = http.StatusNotModified
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write discards the body of a 304.
func (w *conditionalWriter) Write(piece []byte) (int, error) {
	if w.matched {
		return len(piece), nil
	}
	return w.ResponseWriter.Write(piece)
}

// Unwrap returns the underlying writer, for http.ResponseController.
func (w *conditionalWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// listsTag uses the weak comparison of RFC 9110 §13.1.2.
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

// tagged adds an entity tag to the responses of reads. The tag has a hash of the body, because a body depends on more
// than one row: a product has its current price, a cart its problems. A row version that the handler has set comes
// first, for If-Match.
func tagged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !isRead(c.Request()) {
			return next(c)
		}
		writer := taggedWriters.Get().(*taggedWriter) //nolint:forcetypeassert // the pool has no other type
		before := c.Response().Writer
		defer func() {
			c.Response().Writer = before
			writer.free()
		}()
		writer.ResponseWriter = before
		c.Response().Writer = writer
		err := next(c)
		if err != nil && writer.status == 0 {
			return err // the error handler writes the problem document
		}
		if flushErr := writer.finish(); err == nil {
			err = flushErr
		}
		return err
	}
}

// taggedWriter buffers a 200 until its body is complete.
type taggedWriter struct {
	http.ResponseWriter
	status   int
	buffered []byte
	direct   bool // writes are not buffered any more
}

var taggedWriters = sync.Pool{New: func() any { return &taggedWriter{} }}

func (w *taggedWriter) free() {
	if cap(w.buffered) > maxPooled {
		w.buffered = nil
	}
	*w = taggedWriter{buffered: w.buffered[:0]}
	taggedWriters.Put(w)
}

// WriteHeader defers the header of a 200 until its body is complete. Tables and ZIP files are streamed.
func (w *taggedWriter) WriteHeader(status int) {
	w.status = status
	if status != http.StatusOK || isStreamed(w.Header().Get("Content-Type")) {
		w.direct = true
		w.ResponseWriter.WriteHeader(status)
	}
}

func isStreamed(contentType string) bool {
	return strings.HasPrefix(contentType, CSV) || contentType == Zip
}

// Write buffers a piece of the body. A body that becomes too long is written directly.
func (w *taggedWriter) Write(piece []byte) (int, error) {
	if !w.direct && len(w.buffered)+len(piece) <= maxTagged {
		w.buffered = append(w.buffered, piece...)
		return len(piece), nil
	}
	if err := w.flush(); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(piece)
}

// flush writes the header and the buffered body.
func (w *taggedWriter) flush() error {
	if w.direct {
		return nil
	}
	w.direct = true
	w.ResponseWriter.WriteHeader(w.status)
	_, err := w.ResponseWriter.Write(w.buffered)
	return err
}

func (w *taggedWriter) finish() error {
	if w.direct || w.status == 0 {
		return nil
	}
	sum := sha256.Sum256(w.buffered)
	tag := append(make([]byte, 0, 64), '"')
	if version := strings.Trim(w.Header().Get(headerETag), `"`); version != "" {
		tag = append(append(tag, version...), versionEnd...)
	}
	w.Header().Set(headerETag, string(append(base64.RawURLEncoding.AppendEncode(tag, sum[:12]), '"')))
	return w.flush()
}

// Unwrap returns the underlying writer, for http.ResponseController.
func (w *taggedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
