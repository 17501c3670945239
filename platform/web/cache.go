package web

import (
	"context"
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
)

const (
	// CacheMaxAge is the maximum age of a cached response. It bounds staleness when a purge is lost.
	CacheMaxAge = time.Second
	// maxCachedBody and maxCacheKey bound the memory of an entry, in bytes. Longer ones are not cached.
	maxCachedBody = 32 << 10
	maxCacheKey   = 512
	// maxCached bounds the memory of all bodies, in bytes: a client may ask for a different list with each request.
	maxCached = 8 << 20
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
	// pending has the responses that handlers are producing. Each channel is closed when its handler has returned.
	pending map[cacheKey]chan struct{}

	hits, misses atomic.Int64 // since the start
}

// NewResponseCache returns a cache of at most size responses. Size 0 disables it.
func NewResponseCache(clock clock.Clock, size int) (*ResponseCache, error) {
	c := &ResponseCache{clock: clock, routes: map[string]bool{}, pending: map[cacheKey]chan struct{}{}}
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

// middleware serves cached responses and caches new ones. Headers that earlier middleware has set belong to the request
// and are not cached.
func (c *ResponseCache) middleware(next echo.HandlerFunc) echo.HandlerFunc {
	if c == nil || c.entries == nil {
		return next
	}
	return func(e echo.Context) error {
		key := cacheKey{e.Request().RequestURI, e.Request().Header.Get("Accept")}
		if !isRead(e.Request()) || !c.routes[e.Path()] || !key.fits() {
			return next(e)
		}
		cached, found := c.get(key)
		if !found {
			first, done := c.begin(key)
			if first != nil {
				cached, found = c.await(e.Request().Context(), key, first)
			} else {
				defer done()
			}
		}
		if found {
			c.hits.Add(1)
			maps.Copy(e.Response().Header(), cached.header)
			e.Response().WriteHeader(http.StatusOK)
			_, err := e.Response().Write(cached.body)
			return err
		}
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
}

func (c *ResponseCache) get(key cacheKey) (cached cachedResponse, found bool) {
	now := c.clock.Now()
	cached, found = c.entries.Get(key)
	return cached, found && !now.Before(cached.at) && now.Sub(cached.at) < CacheMaxAge
}

// begin returns the channel of the request that is producing the response. If there is none, this request is the first,
// and must call done when its handler has returned.
func (c *ResponseCache) begin(key cacheKey) (first <-chan struct{}, done func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if first, found := c.pending[key]; found {
		return first, nil
	}
	own := make(chan struct{})
	c.pending[key] = own
	return nil, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.pending, key)
		close(own)
	}
}

// await returns the response of the first request. Otherwise all requests that arrive when a response expires would
// call the handler. If the first one's response is not cached, each calls it.
func (c *ResponseCache) await(ctx context.Context, key cacheKey, first <-chan struct{}) (cachedResponse, bool) {
	select {
	case <-first:
		return c.get(key)
	case <-ctx.Done():
		return cachedResponse{}, false
	}
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
	for c.size += len(r.body); c.size > maxCached; {
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
