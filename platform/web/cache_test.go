package web_test

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"coinslot/platform/clock"
	"coinslot/platform/config"
	"coinslot/platform/web"
)

const handlerTimeout = 10 * time.Second

// countingServer has one operation that counts its calls. Its hook runs inside the handler.
type countingServer struct {
	*web.Server
	cache  *web.ResponseCache
	clock  *clock.Manual
	calls  int
	length int
	fails  error
	hook   func()
}

type countedOutput struct {
	ETag string `header:"ETag"`
	Body struct {
		Text string `json:"text"`
	}
}

func newCountingServer(t *testing.T, cacheSize int) *countingServer {
	t.Helper()
	s := &countingServer{clock: clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	parts := newParts(io.Discard, func(c *config.HTTP) {
		c.HandlerTimeout = handlerTimeout
		c.CORSOrigins = []string{
			"https://launcher.example",
			"https://other.example",
		}
	})
	var err error
	s.cache, err = web.NewResponseCache(s.clock, cacheSize)
	require.NoError(t, err)
	parts.Cache = s.cache
	s.Server, err = web.NewServer(parts)
	require.NoError(t, err)
	op := web.Op{
		Method: http.MethodGet, Path: "/things/{id}", ID: "get-thing", Summary: "get",
		Tag: "test", Cached: true,
	}
	web.Register(s.API, op, s.get)
	op.Path, op.ID, op.Cached = "/always/{id}", "get-uncached", false
	web.Register(s.API, op, s.get)
	op.Path, op.ID, op.Cached, op.Access = "/own/{id}", "get-own", true, web.SignedIn
	web.Register(s.API, op, s.get)
	return s
}

func (s *countingServer) get(_ context.Context, in *struct {
	ID string `path:"id"`
	A  string `query:"a"`
},
) (*countedOutput, error) {
	s.calls++
	out := &countedOutput{ETag: web.ETag(int64(s.calls))}
	out.Body.Text = in.ID + strings.Repeat("x", s.length)
	if s.hook != nil {
		s.hook()
	}
	return out, s.fails
}

// callsDuring returns how often the handler is called while fn runs.
func (s *countingServer) callsDuring(fn func()) int {
	before := s.calls
	fn()
	return s.calls - before
}

func (s *countingServer) reads(paths ...string) func() {
	return func() {
		for _, path := range paths {
			get(s.Server, path, nil)
		}
	}
}

func TestCache_ServesResponseForOneSecond(t *testing.T) {
	t.Parallel()
	s := newCountingServer(t, 10)
	first := get(s.Server, "/things/1", nil)
	s.clock.Advance(web.CacheMaxAge - time.Millisecond)
	cached := get(s.Server, "/things/1", nil)
	require.Equal(t, http.StatusOK, cached.Code)
	require.Equal(t, first.Header().Get("ETag"), cached.Header().Get("ETag"))
	require.Equal(t, first.Body.String(), cached.Body.String())
	s.clock.Advance(time.Millisecond)
	require.Regexp(t, `^"2\.`, get(s.Server, "/things/1", nil).Header().Get("ETag"))
}

func TestCache_HeadersOfTheRequest_AreNotCached(t *testing.T) {
	t.Parallel()
	s := newCountingServer(t, 10)
	headerOf := func(origin, requestID string) http.Header {
		return get(s.Server, "/things/1", http.Header{"Origin": {origin}, "X-Request-Id": {requestID}}).Header()
	}
	first := headerOf("https://launcher.example", "one")
	cached := headerOf("https://other.example", "two")
	require.Equal(t, 1, s.calls)
	require.Equal(t, "two", cached.Get("X-Request-Id"))
	require.Equal(t, "https://other.example", cached.Get("Access-Control-Allow-Origin"))
	require.Empty(t, headerOf("https://evil.example", "three").Get("Access-Control-Allow-Origin"))
	for _, header := range []http.Header{first, cached} {
		header.Del("X-Request-Id")
		header.Del("Access-Control-Allow-Origin")
	}
	require.Equal(t, first, cached)
}

func TestCache_AcceptEncodingGzip_CompressesCachedResponse(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]http.Header{"first plain": {}, "first gzip": {"Accept-Encoding": {"gzip"}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newCountingServer(t, 10)
			s.length = 5000
			get(s.Server, "/things/1", first)
			plain := get(s.Server, "/things/1", nil)
			require.Empty(t, plain.Header().Get("Content-Encoding"))
			require.Contains(t, plain.Body.String(), "xxx")
			cached := get(s.Server, "/things/1", http.Header{"Accept-Encoding": {"gzip"}})
			require.Equal(t, 1, s.calls)
			require.Equal(t, "gzip", cached.Header().Get("Content-Encoding"))
			require.Less(t, cached.Body.Len(), 1000)
			reader, err := gzip.NewReader(cached.Body)
			require.NoError(t, err)
			text, err := io.ReadAll(reader)
			require.NoError(t, err)
			require.Equal(t, plain.Body.String(), string(text))
		})
	}
}

func TestCache_Purge_RemovesResponses(t *testing.T) {
	t.Parallel()
	s := newCountingServer(t, 10)
	require.Equal(t, 1, s.callsDuring(s.reads("/things/1", "/things/1")))
	s.cache.Purge()
	require.Equal(t, 1, s.callsDuring(s.reads("/things/1", "/things/1")))
}

func TestCache_PurgeDuringHandler_ResponseNotCached(t *testing.T) {
	t.Parallel()
	s := newCountingServer(t, 10)
	s.hook = s.cache.Purge
	require.Equal(t, 2, s.callsDuring(s.reads("/things/1", "/things/1")))
}

func TestCache_NotCacheable_CallsHandlerEachTime(t *testing.T) {
	t.Parallel()
	s := newCountingServer(t, 10)
	require.Equal(t, 2, s.callsDuring(s.reads("/always/1", "/always/1")), "an operation that is not cached")
	require.Equal(t, 2, s.callsDuring(s.reads("/things/1", "/things/1?a=b")), "another URI")
	require.Equal(t, 1, s.callsDuring(func() {
		get(s.Server, "/things/1",
			http.Header{"Accept": {"application/problem+json"}})
	}), "another media type")
	require.Equal(t, 2, s.callsDuring(func() {
		for range 2 {
			get(s.Server, "/own/1", http.Header{"Authorization": {"bearer good"}})
		}
		require.Equal(t, http.StatusUnauthorized, get(s.Server, "/own/1", nil).Code)
	}), "an operation that is not public")
	require.Equal(t, 2, s.callsDuring(func() {
		for range 2 {
			get(s.Server, "/things/2", http.Header{"Accept": {"text/" + strings.Repeat("x", 600)}})
		}
	}), "a long key")
	s.fails = errTeapot
	require.Equal(t, 2, s.callsDuring(s.reads("/things/3", "/things/3")), "an error")
	s.fails, s.length = nil, 33_000
	require.Equal(t, 2, s.callsDuring(s.reads("/things/4", "/things/4")), "a long body")
	recorder := httptest.NewRecorder()
	s.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodDelete, "/things/1", nil))
	require.Equal(t, http.StatusMethodNotAllowed, recorder.Code)
}

func TestCache_HoldsAtMostItsSize(t *testing.T) {
	t.Parallel()
	for size, calls := range map[int]int{0: 20, 1: 20, 9: 20, 10: 10} {
		s := newCountingServer(t, size)
		require.Equal(t, calls, s.callsDuring(func() {
			for range 2 {
				for i := range 10 {
					s.reads("/things/" + strconv.Itoa(i))()
				}
			}
		}), size)
	}
}

func TestCache_RequestsDuringTheHandler_AwaitItsResponse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		requests int
		purged   bool
		calls    int
	}{
		"cached":                                 {requests: 10, calls: 1},
		"not cached: a purge during the handler": {requests: 2, purged: true, calls: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newCountingServer(t, 10)
				release := make(chan struct{})
				s.hook = func() {
					if s.calls == 1 {
						<-release
					}
				}
				var group sync.WaitGroup
				for range test.requests {
					group.Go(s.reads("/things/1"))
					synctest.Wait()
				}
				require.Equal(t, 1, s.calls)
				if test.purged {
					s.cache.Purge()
				}
				close(release)
				group.Wait()
				require.Equal(t, test.calls, s.calls)
			})
		})
	}
}

// Clients that ask for other long responses each time do not use more memory.
func TestCache_HoldsAtMostItsBytes(t *testing.T) {
	t.Parallel()
	const held = 8<<20/(30<<10) - 1 // responses of 30 KiB within 8 MiB
	s := newCountingServer(t, 10_000)
	s.length = 30 << 10
	first := func() int { return s.callsDuring(s.reads("/things/0")) }
	require.Equal(t, 1, first())
	for round := range 2 {
		for i := range held - 1 {
			s.reads("/things/" + strconv.Itoa(round*held+i+1))()
		}
		require.Equal(t, 0, first(), "round %d", round)
	}
	require.NotZero(t, s.callsDuring(s.reads("/things/1")))
	s.cache.Purge()
	require.Equal(t, 1, first())
	require.Equal(t, 0, first(), "a purge frees all bytes")
}

// Without a deadline before the wait, a request would take up to the handler timeout twice, longer than the write
// timeout.
func TestCache_FirstRequestTimesOut_OthersKeepTheirDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newCountingServer(t, 10)
		op := web.Op{Method: http.MethodGet, Path: "/slow", ID: "get-slow", Summary: "get", Tag: "test", Cached: true}
		web.Register(s.API, op, func(ctx context.Context, _ *struct{}) (*countedOutput, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() {
				began := time.Now()
				require.Equal(t, http.StatusServiceUnavailable, get(s.Server, "/slow", nil).Code)
				require.Equal(t, handlerTimeout, time.Since(began))
			})
			time.Sleep(handlerTimeout / 2)
		}
		group.Wait()
	})
}
