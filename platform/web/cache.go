package web

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"coinslot/platform/clock"
	"coinslot/platform/mutant"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/labstack/echo/v4"
	"golang.org/x/sync/singleflight"
)

const (
	// CacheMaxAge is the maximum age of a cached response. It bounds staleness when a purge is lost.
	CacheMaxAge = time.Second
	// maxCachedBody and maxCacheKey bound the memory of an entry, in bytes. Longer ones are not cached.
	maxCachedBody = 32 << 10
	maxCacheKey   = 512
	// maxCachedBodies bounds the memory of all bodies, in bytes: a client may ask for a different list with each request.
	maxCachedBodies = 8 << 20
)

// cacheKey is everything that the response of a public read depends on.
type cacheKey struct {
	uri    string
	accept string
}

func (k cacheKey) fits() bool { return len(k.uri)+len(k.accept) <= maxCacheKey }

// cachedResponse is a response without the headers that belong to one request.
type cachedResponse struct {
	header http.Header
	body   []byte
	at     time.Time
}

// ResponseCache caches the encoded responses of operations that allow it, each for at most CacheMaxAge. A cached
// response is served without the handler and without encoding. It is safe for concurrent use.
type ResponseCache struct {
	clock   clock.Clock
	entries *lru.Cache[cacheKey, cachedResponse] // nil when the cache is disabled
	routes  map[string]bool
	mu      sync.Mutex // orders Purge and add
	purges  uint64
	size    int // of all bodies, in bytes
	calls   singleflight.Group

	hits, misses atomic.Int64 // since the start
}

// NewResponseCache returns a cache of at most size responses. Size 0 disables it.
func NewResponseCache(clock clock.Clock, size int) (*ResponseCache, error) {
	c := &ResponseCache{clock: clock, routes: map[string]bool{}}
	if size == 0 {
		return c, nil
	}
	var err error
	forget := func(_ cacheKey, r cachedResponse) { c.size -= len(r.body) }
	if c.entries, err = lru.NewWithEvict(size, forget); err != nil {
		return nil, fmt.Errorf("create the response cache: %w", err)
	}
	return c, nil
}

// enable caches the responses of a route. It must be called before the server listens.
func (c *ResponseCache) enable(path string) {
	if c != nil {
		c.routes[strings.NewReplacer("{", ":", "}", "").Replace(path)] = true // in Echo's syntax
	}
}

// Purge removes all responses. Call it after a write that responses may depend on. A response that a handler has begun
// before the purge is not cached.
func (c *ResponseCache) Purge() {
	if c.entries == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.purges++
	c.entries.Purge()
}

// keyOf returns the key of a request whose response may be cached.
func (c *ResponseCache) keyOf(e echo.Context) (key cacheKey, found bool) {
	key = cacheKey{e.Request().RequestURI, e.Request().Header.Get("Accept")}
	return key, isRead(e.Request()) && c.routes[e.Path()] && key.fits()
}

// middleware serves cached responses, without a deadline and an in-flight slot, and caches new ones. deadline is the
// middleware that sets the deadline of all other requests.
func (c *ResponseCache) middleware(deadline echo.MiddlewareFunc) echo.MiddlewareFunc {
	if c == nil || c.entries == nil {
		return deadline
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(e echo.Context) error {
			key, ok := c.keyOf(e)
			if !ok {
				return deadline(next)(e)
			}
			if cached, found := c.get(key); found {
				return c.hit(e, cached)
			}
			return deadline(func(e echo.Context) error { return c.fill(e, key, next) })(e)
		}
	}
}

// fill responds, and caches the response. While the handler produces a response, other requests for it wait: otherwise
// all that arrive when a response expires would call the handler. If the response cannot be cached, each of them calls
// it, within the deadline that began before the wait.
func (c *ResponseCache) fill(e echo.Context, key cacheKey, next echo.HandlerFunc) (err error) {
	first := false
	_, _, _ = c.calls.Do(key.uri+"\n"+key.accept, func() (any, error) {
		first, err = true, c.miss(e, key, next)
		return nil, nil
	})
	if first {
		return err
	}
	if cached, found := c.get(key); found {
		return c.hit(e, cached)
	}
	return c.miss(e, key, next)
}

func (c *ResponseCache) get(key cacheKey) (cached cachedResponse, found bool) {
	now := c.clock.Now()
	cached, found = c.entries.Get(key)
	return cached, found && !now.Before(cached.at) && now.Sub(cached.at) < CacheMaxAge
}

// hit writes a cached response.
func (c *ResponseCache) hit(e echo.Context, cached cachedResponse) error {
	c.hits.Add(1)
	maps.Copy(e.Response().Header(), cached.header)
	e.Response().WriteHeader(http.StatusOK)
	_, err := e.Response().Write(cached.body)
	return err
}

// miss calls the handler and caches its response. Headers that earlier middleware has set belong to the request and are
// not cached.
func (c *ResponseCache) miss(e echo.Context, key cacheKey, next echo.HandlerFunc) error {
	c.misses.Add(1)
	now, purges, own := c.clock.Now(), c.purgeCount(), maps.Clone(e.Response().Header())
	copier := &bodyCopier{ResponseWriter: e.Response().Writer}
	e.Response().Writer = copier
	err := next(e)
	e.Response().Writer = copier.ResponseWriter
	if err == nil && e.Response().Status == http.StatusOK && !copier.tooLong {
		header := e.Response().Header().Clone()
		maps.DeleteFunc(header, func(name string, _ []string) bool {
			return own[name] != nil || name == echo.HeaderContentEncoding // the cached body is not compressed
		})
		c.add(key, cachedResponse{header, copier.body, now}, purges)
	}
	return err
}

func (c *ResponseCache) purgeCount() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.purges
}

// add caches a response unless the cache was purged after its handler began, because the handler may have read the
// state before the write.
func (c *ResponseCache) add(key cacheKey, r cachedResponse, purges uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.purges != purges && !mutant.On("cache-a-response-read-before-a-write") {
		return
	}
	c.entries.Remove(key) // Add would replace it without a call of forget
	c.entries.Add(key, r)
	for c.size += len(r.body); c.size > maxCachedBodies; {
		c.entries.RemoveOldest()
	}
}

// bodyCopier keeps a copy of a response's body.
type bodyCopier struct {
	http.ResponseWriter
	body    []byte
	tooLong bool
}

// Write writes a piece of the body.
func (w *bodyCopier) Write(piece []byte) (int, error) {
	if w.tooLong = w.tooLong || len(w.body)+len(piece) > maxCachedBody; !w.tooLong {
		w.body = append(w.body, piece...)
	}
	return w.ResponseWriter.Write(piece)
}

// Unwrap returns the underlying writer, for http.ResponseController.
func (w *bodyCopier) Unwrap() http.ResponseWriter { return w.ResponseWriter }
