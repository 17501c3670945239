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
	firstBody = 1 << 10
	// bodyGrace is how long a body may arrive before it can be cut to make room for another.
	bodyGrace = time.Second
)

// bodies reads request bodies before their requests take slots, so that slow senders hold none. All buffers together are
// bounded: when there is no room, the body that has been arriving longest is cut.
type bodies struct {
	room    *semaphore.Weighted
	timeout time.Duration // for the answer, from when the body is there
	mu      sync.Mutex
	arrive  list.List // of *arrival, the oldest first
}

// arrival is a body that is being read.
type arrival struct {
	began time.Time
	stop  func() // makes the read fail
	size  int    // of its buffer
	cut   bool
}

func newBodies(room int, answerTimeout time.Duration) *bodies {
	return &bodies{room: semaphore.NewWeighted(int64(room)), timeout: answerTimeout}
}

// receive reads the whole body within the server's read timeout. The time to write the answer begins when that is done: a
// slow sender would otherwise get none.
func (b *bodies) receive(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		switch {
		case r.Body == nil || r.Body == http.NoBody:
			return next(c)
		case r.ContentLength > maxBody:
			return echo.NewHTTPError(http.StatusRequestEntityTooLarge)
		}
		connection := http.NewResponseController(c.Response())
		whole, err := b.read(r, func() {
			_ = connection.SetReadDeadline(time.Unix(1, 0)) // it fails when the connection is gone
		})
		defer b.room.Release(int64(cap(whole)))
		if err != nil {
			c.Response().Header().Set(echo.HeaderConnection, "close") // its deadline may have passed: golang/go#70834
			return err
		}
		if err := connection.SetWriteDeadline(time.Now().Add(b.timeout)); err != nil &&
			!errors.Is(err, http.ErrNotSupported) {
			return err
		}
		r.Body = body{bytes.NewReader(whole), r.Body}
		return next(c)
	}
}

// read returns the body. Its capacity is taken from the room, and is the caller's to give back, also after an error.
func (b *bodies) read(r *http.Request, stop func()) (whole []byte, err error) {
	place := b.begin(stop)
	defer func() {
		if cut := b.end(place); cut {
			err = echo.NewHTTPError(http.StatusRequestTimeout)
		}
	}()
	for {
		if len(whole) == cap(whole) {
			if whole, err = b.grow(r.Context(), place, whole); err != nil {
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

// grow doubles a buffer. errRejected when there is no room and none comes free.
func (b *bodies) grow(ctx context.Context, place *list.Element, whole []byte) ([]byte, error) {
	size := min(max(2*cap(whole), firstBody), maxBody+1)
	if err := b.take(ctx, size-cap(whole)); err != nil {
		return whole, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	of(place).size = size
	return append(make([]byte, 0, size), whole...), nil
}

// take takes room. It makes room, and once more when other bodies have arrived for long enough.
func (b *bodies) take(ctx context.Context, n int) error {
	if b.room.TryAcquire(int64(n)) {
		return nil
	}
	for range 2 {
		b.makeRoom(n)
		waiting, cancel := context.WithTimeout(ctx, bodyGrace)
		err := b.room.Acquire(waiting, int64(n))
		cancel()
		if err == nil {
			return nil
		}
	}
	return errRejected
}

// makeRoom cuts the bodies that have been arriving longest, those of less than bodyGrace excepted.
func (b *bodies) makeRoom(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	arrived := func(place *list.Element) bool { return time.Since(of(place).began) >= bodyGrace }
	for place := b.arrive.Front(); place != nil && n > 0 && arrived(place); place = place.Next() {
		if oldest := of(place); !oldest.cut && oldest.size > 0 {
			oldest.cut = true
			oldest.stop()
			n -= oldest.size
		}
	}
}

func (b *bodies) begin(stop func()) *list.Element {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.arrive.PushBack(&arrival{began: time.Now(), stop: stop})
}

// end reports whether the body was cut.
func (b *bodies) end(place *list.Element) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arrive.Remove(place)
	return of(place).cut
}

func of(place *list.Element) *arrival { return place.Value.(*arrival) } //nolint:forcetypeassert // nothing else is in the list

type body struct {
	io.Reader
	io.Closer
}
