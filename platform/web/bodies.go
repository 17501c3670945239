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

// receive reads the whole body within the server's read timeout, before anything else: while it waits, a request holds
// little but its buffers. The time to write the answer begins when that is done: a slow sender would otherwise get none.
func (b *bodies) receive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		whole, err := b.whole(w, r)
		defer b.room.Release(int64(cap(whole)))
		if err != nil {
			w.Header().Set(echo.HeaderConnection, "close") // its deadline may have passed: golang/go#70834
			r = r.WithContext(context.WithValue(r.Context(), notReceivedKey{}, err))
		}
		r.Body = body{bytes.NewReader(whole), r.Body}
		next.ServeHTTP(w, r)
	})
}

// notReceivedKey is why the body of a request was not received.
type notReceivedKey struct{}

// received answers the requests whose bodies receive could not read, like any error of the edge.
func received(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err, failed := c.Request().Context().Value(notReceivedKey{}).(error); failed {
			return err
		}
		return next(c)
	}
}

// whole reads a body. What it returns takes room, also with an error.
func (b *bodies) whole(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		return nil, echo.NewHTTPError(http.StatusRequestEntityTooLarge)
	}
	connection := http.NewResponseController(w)
	whole, err := b.read(r, func() {
		_ = connection.SetReadDeadline(time.Unix(1, 0)) // it fails when the connection is gone
	})
	if err != nil {
		return whole, err
	}
	err = connection.SetWriteDeadline(time.Now().Add(b.timeout))
	if errors.Is(err, http.ErrNotSupported) { // there is no connection
		err = nil
	}
	return whole, err
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

// makeRoom cuts bodies until n bytes come free.
func (b *bodies) makeRoom(n int) {
	b.cut(func(a *arrival) bool {
		n -= a.size
		return n > 0
	})
}

// cutSlowest cuts n bodies.
func (b *bodies) cutSlowest(n int) {
	b.cut(func(*arrival) bool {
		n--
		return n > 0
	})
}

// cut cuts the bodies that have been arriving longest, those of less than bodyGrace excepted, while more of them are to be
// cut.
func (b *bodies) cut(more func(cut *arrival) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	arrived := func(place *list.Element) bool { return time.Since(of(place).began) >= bodyGrace }
	for place := b.arrive.Front(); place != nil && arrived(place); place = place.Next() {
		oldest := of(place)
		if oldest.cut || oldest.size == 0 {
			continue
		}
		oldest.cut = true
		oldest.stop()
		if !more(oldest) {
			return
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
