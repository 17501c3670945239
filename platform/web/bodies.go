package web

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/semaphore"
)

const (
	firstBuffer = 1 << 10
	// bodyGrace is the time during which an arriving body is not aborted to free memory.
	bodyGrace = time.Second
)

// bodies reads request bodies before admission control, so that slow senders hold no in-flight slots. The memory of all
// buffers together is limited: when the limit is reached, the bodies that have been arriving longest are aborted.
type bodies struct {
	memory       *semaphore.Weighted // in bytes
	writeTimeout time.Duration
	mu           sync.Mutex
	arriving     list.List // of *arrival, the oldest first
}

// arrival is a body that is being read.
type arrival struct {
	began   time.Time
	stop    func() // makes the read fail
	size    int    // of the buffer, in bytes
	aborted bool
}

// errAborted is the response to a sender whose body was aborted.
var errAborted = echo.NewHTTPError(http.StatusRequestTimeout)

func newBodies(memory int, writeTimeout time.Duration) *bodies {
	return &bodies{memory: semaphore.NewWeighted(int64(memory)), writeTimeout: writeTimeout}
}

// receive reads the whole body within the server's read timeout. The write timeout starts when the body is complete, so
// that a slow sender does not use it up.
func (b *bodies) receive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		whole, err := b.whole(w, r)
		defer b.memory.Release(int64(cap(whole)))
		if err != nil {
			if !errors.Is(err, errAborted) { // the memory and the connection of an aborted sender are needed at once
				notRead(r)
			}
			w.Header().Set(echo.HeaderConnection, "close") // its read deadline may have expired: golang/go#70834
			r = r.WithContext(context.WithValue(r.Context(), notReceivedKey{}, err))
		}
		r.Body = body{bytes.NewReader(whole), r.Body}
		next.ServeHTTP(w, r)
	})
}

// notReceivedKey is the key of the error with which receive failed to read the body.
type notReceivedKey struct{}

// received returns the error of receive as that of the request.
func received(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err, failed := c.Request().Context().Value(notReceivedKey{}).(error); failed {
			return err
		}
		return next(c)
	}
}

// whole reads a body. The caller must release the memory of its capacity, also after an error.
func (b *bodies) whole(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		return nil, echo.NewHTTPError(http.StatusRequestEntityTooLarge)
	}
	connection := http.NewResponseController(w)
	whole, err := b.read(r, func() {
		_ = connection.SetReadDeadline(time.Unix(1, 0)) // it fails when the connection is closed
	})
	if err != nil {
		return whole, err
	}
	err = connection.SetWriteDeadline(time.Now().Add(b.writeTimeout))
	if errors.Is(err, http.ErrNotSupported) { // in tests without a connection
		err = nil
	}
	return whole, err
}

func (b *bodies) read(r *http.Request, stop func()) (whole []byte, err error) {
	element := b.begin(stop)
	defer func() {
		if aborted := b.end(element); aborted {
			err = errAborted
		}
	}()
	for {
		if len(whole) == cap(whole) {
			if whole, err = b.grow(r.Context(), element, whole); err != nil {
				return whole, err
			}
		}
		n, err := r.Body.Read(whole[len(whole):cap(whole)])
		whole = whole[:len(whole)+n]
		switch {
		case len(whole) > maxBody:
			return whole, echo.NewHTTPError(http.StatusRequestEntityTooLarge)
		case errors.Is(err, io.EOF):
			return whole, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return whole, echo.NewHTTPError(http.StatusRequestTimeout)
		case err != nil:
			return whole, echo.NewHTTPError(http.StatusBadRequest)
		}
	}
}

// grow doubles a buffer. It returns errRejected when no memory is available in time.
func (b *bodies) grow(ctx context.Context, element *list.Element, whole []byte) ([]byte, error) {
	size := min(max(2*cap(whole), firstBuffer), maxBody+1)
	if err := b.acquire(ctx, size-cap(whole)); err != nil {
		return whole, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	arrivalOf(element).size = size
	return append(make([]byte, 0, size), whole...), nil
}

// acquire acquires memory. It aborts bodies when the limit is reached, and once more when further ones are past
// bodyGrace.
func (b *bodies) acquire(ctx context.Context, n int) error {
	if b.memory.TryAcquire(int64(n)) {
		return nil
	}
	for range 2 {
		b.freeMemory(n)
		waiting, cancel := context.WithTimeout(ctx, bodyGrace)
		err := b.memory.Acquire(waiting, int64(n))
		cancel()
		if err == nil {
			return nil
		}
	}
	return errRejected
}

// freeMemory aborts bodies until at least n bytes are to be released.
func (b *bodies) freeMemory(n int) {
	b.abort(func(a *arrival) bool {
		n -= a.size
		return n > 0
	})
}

// abortSlowest aborts up to n bodies and returns the number of aborted ones.
func (b *bodies) abortSlowest(n int) (aborted int) {
	b.abort(func(*arrival) bool {
		aborted++
		return aborted < n
	})
	return aborted
}

// abort aborts bodies past bodyGrace, the oldest first, until more returns false.
func (b *bodies) abort(more func(aborted *arrival) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	pastGrace := func(e *list.Element) bool { return time.Since(arrivalOf(e).began) >= bodyGrace }
	for element := b.arriving.Front(); element != nil && pastGrace(element); element = element.Next() {
		oldest := arrivalOf(element)
		if oldest.aborted || oldest.size == 0 {
			continue
		}
		oldest.aborted = true
		oldest.stop()
		if !more(oldest) {
			return
		}
	}
}

func (b *bodies) begin(stop func()) *list.Element {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.arriving.PushBack(&arrival{began: time.Now(), stop: stop})
}

// end reports whether the body was aborted.
func (b *bodies) end(element *list.Element) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arriving.Remove(element)
	return arrivalOf(element).aborted
}

func arrivalOf(e *list.Element) *arrival {
	return e.Value.(*arrival) //nolint:forcetypeassert // the list has no other type
}

type body struct {
	io.Reader
	io.Closer
}
