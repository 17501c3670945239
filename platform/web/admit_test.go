package web_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"coinslot/platform/config"
	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
)

// busy returns a server with one in-flight slot and an operation that holds it until release is closed.
func busy(t *testing.T, log io.Writer) (s *web.Server, release chan struct{}) {
	t.Helper()
	s, release = newServer(t, log, func(c *config.HTTP) {
		c.InFlight, c.HandlerTimeout = 1, 10*time.Second
	}), make(chan struct{})
	web.Register(s.API, web.Op{Method: http.MethodGet, Path: "/works", ID: "works", Summary: "works", Tag: "test"},
		func(context.Context, *struct{}) (*textOutput, error) {
			<-release
			return &textOutput{}, nil
		})
	return s, release
}

func TestAdmission_SlotAndQueueFull_Returns503(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, release := busy(t, io.Discard)
		works, queued := make(chan int), make(chan int)
		go func() { works <- get(s, "/works", nil).Code }()
		synctest.Wait()
		go func() { queued <- get(s, "/long", nil).Code }()
		synctest.Wait()
		rejected := get(s, "/long", nil)
		problem(t, rejected, http.StatusServiceUnavailable, "overloaded")
		require.Equal(t, "1", rejected.Header().Get("Retry-After"))
		require.Equal(t, http.StatusOK, get(s, "/livez", nil).Code, "probes are exempt")
		close(release)
		require.Equal(t, http.StatusOK, <-works)
		require.Equal(t, http.StatusOK, <-queued, "it has acquired the released slot")
	})
}

// A read costs little more than its rejection.
func TestAdmission_ShortExpectedWait_QueuesMoreReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, release := busy(t, io.Discard)
		for range 200 { // synctest's clock stands still, so they hold the slot for no time
			get(s, "/nothing", nil)
		}
		works, statuses := make(chan int), make(chan int)
		go func() { works <- get(s, "/works", nil).Code }()
		synctest.Wait()
		const reads = 50
		for range reads {
			go func() { statuses <- get(s, "/nothing", nil).Code }()
		}
		synctest.Wait()
		rejected := httptest.NewRecorder()
		s.Handler().ServeHTTP(rejected, httptest.NewRequest(http.MethodPost, "/nothing", nil))
		require.Equal(t, http.StatusServiceUnavailable, rejected.Code, "the queue of writes is as long as there are slots")
		close(release)
		require.Equal(t, http.StatusOK, <-works)
		for range reads {
			require.Equal(t, http.StatusNotFound, <-statuses, "each has acquired the slot")
		}
	})
}

func TestAdmission_QueueTimeout_RejectsAfterHalfOfHandlerTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, release := busy(t, io.Discard)
		works := make(chan int)
		go func() { works <- get(s, "/works", nil).Code }()
		synctest.Wait()
		began := time.Now()
		require.Equal(t, http.StatusServiceUnavailable, get(s, "/long", nil).Code)
		require.Equal(t, 5*time.Second, time.Since(began))
		close(release)
		require.Equal(t, http.StatusOK, <-works)
	})
}

func TestAdmission_5000Rejections_DelayedAndLoggedAsCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		s, release := busy(t, &log)
		results := make(chan int)
		for range 2 { // the slot and the queue
			go func() { results <- get(s, "/works", nil).Code }()
		}
		synctest.Wait()
		const clients = 5000
		began, first := time.Now(), time.Duration(-1)
		for range clients {
			go func() { results <- get(s, "/long", nil).Code }()
		}
		for n := range clients {
			require.Equal(t, http.StatusServiceUnavailable, <-results)
			if n == 0 {
				first = time.Since(began)
			}
		}
		require.Zero(t, first, "the first rejections are not delayed")
		require.Equal(t, time.Second, time.Since(began), "the last ones are delayed by a second")
		require.Equal(t, http.StatusServiceUnavailable, <-results, "the queued request has acquired no slot")
		close(release)
		require.Equal(t, http.StatusOK, <-results)
		time.Sleep(2 * time.Second) // of synctest's clock, until the last count is logged
		synctest.Wait()
		require.NotContains(t, log.String(), `"status":503`, "a rejection has no line of its own")
		logged := 0
		counts := regexp.MustCompile(`"requests rejected by admission control","count":(\d+)`)
		lines := counts.FindAllStringSubmatch(log.String(), -1)
		for _, line := range lines {
			n, err := strconv.Atoi(line[1])
			require.NoError(t, err)
			logged += n
		}
		require.LessOrEqual(t, len(lines), 3, "once a second at most")
		require.Equal(t, clients+1, logged)
	})
}
