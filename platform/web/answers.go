package web

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"coinslot/platform/clock"
	"coinslot/platform/mutant"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/labstack/echo/v4"
)

const (
	// MaxAge is how old a remembered answer may be that is given without another look, whatever became of the notices
	// of writes.
	MaxAge = time.Second
	// maxAnswer and maxQuestion bound the memory that an answer takes, in bytes. What is longer is not remembered.
	maxAnswer   = 8 << 10
	maxQuestion = 512
)

// question is all that the answer of a public read depends on.
type question struct {
	uri    string
	accept string
}

func (q question) short() bool { return len(q.uri)+len(q.accept) <= maxQuestion }

// remembered is what goes over the wire, but for the headers that are a request's own.
type remembered struct {
	header http.Header
	body   []byte
	at     time.Time
}

// Answers remembers the answers of operations that allow it, each for MaxAge at most. They are kept as they went over
// the wire, so that one that is remembered costs neither the handler nor the encoding.
type Answers struct {
	clock   clock.Clock
	kept    *lru.Cache[question, remembered] // nil: nothing is remembered
	routes  map[string]bool
	mu      sync.Mutex // holds writers apart
	forgets uint64
}

// NewAnswers remembers so many answers; 0: none.
func NewAnswers(clock clock.Clock, most int) (*Answers, error) {
	a := &Answers{clock: clock, routes: map[string]bool{}}
	if most == 0 {
		return a, nil
	}
	var err error
	if a.kept, err = lru.New[question, remembered](most); err != nil {
		return nil, fmt.Errorf("make room for answers: %w", err)
	}
	return a, nil
}

// of has the answers of a route remembered. It is for the time before the server listens.
func (a *Answers) of(path string) {
	if a != nil {
		a.routes[strings.NewReplacer("{", ":", "}", "").Replace(path)] = true // as Echo writes it
	}
}

// Forget forgets every answer, because something was written.
func (a *Answers) Forget() {
	if a.kept == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forgets++
	a.kept.Purge()
}

// again gives a remembered answer, or remembers the one that is given. What other middleware has put into the header
// before is the request's own.
func (a *Answers) again(next echo.HandlerFunc) echo.HandlerFunc {
	if a == nil || a.kept == nil {
		return next
	}
	return func(c echo.Context) error {
		q := question{c.Request().RequestURI, c.Request().Header.Get("Accept")}
		if !isRead(c.Request()) || !a.routes[c.Path()] || !q.short() {
			return next(c)
		}
		now := a.clock.Now()
		if known, ok := a.kept.Get(q); ok && !now.Before(known.at) && now.Sub(known.at) < MaxAge {
			maps.Copy(c.Response().Header(), known.header)
			c.Response().WriteHeader(http.StatusOK)
			_, err := c.Response().Write(known.body)
			return err
		}
		before, own := a.count(), maps.Clone(c.Response().Header())
		listener := &listener{ResponseWriter: c.Response().Writer}
		c.Response().Writer = listener
		err := next(c)
		c.Response().Writer = listener.ResponseWriter
		if err == nil && c.Response().Status == http.StatusOK && !listener.long {
			header := c.Response().Header().Clone()
			maps.DeleteFunc(header, func(name string, _ []string) bool { return own[name] != nil })
			a.keep(q, remembered{header, listener.heard, now}, before)
		}
		return err
	}
}

func (a *Answers) count() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.forgets
}

// keep keeps an answer unless everything was forgotten since before it was made: it may be from before a write.
func (a *Answers) keep(q question, r remembered, before uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.forgets == before || mutant.On("remember-an-answer-from-before-a-write") {
		a.kept.Add(q, r)
	}
}

// listener hears what is answered.
type listener struct {
	http.ResponseWriter
	heard []byte
	long  bool
}

// Write passes a piece of the body on.
func (l *listener) Write(piece []byte) (int, error) {
	if l.long = l.long || len(l.heard)+len(piece) > maxAnswer; !l.long {
		l.heard = append(l.heard, piece...)
	}
	return l.ResponseWriter.Write(piece)
}

// Unwrap returns the writer behind, for http.ResponseController.
func (l *listener) Unwrap() http.ResponseWriter { return l.ResponseWriter }
