package web_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"coinslot/platform/clock"
	"coinslot/platform/config"
	"coinslot/platform/web"
)

// desk is a server with one operation, whose answers count themselves. The hook runs while one is made.
type desk struct {
	*web.Server
	answers *web.Answers
	clock   *clock.Manual
	made    int
	length  int
	fails   error
	hook    func()
}

type countedOutput struct {
	ETag string `header:"ETag"`
	Body struct {
		Text string `json:"text"`
	}
}

func newDesk(t *testing.T, most int) *desk {
	t.Helper()
	d := &desk{clock: clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	parts := newParts(io.Discard, func(c *config.HTTP) {
		c.CORSOrigins = []string{
			"https://launcher.example",
			"https://other.example",
		}
	})
	var err error
	d.answers, err = web.NewAnswers(d.clock, most)
	require.NoError(t, err)
	parts.Answers = d.answers
	d.Server, err = web.NewServer(parts)
	require.NoError(t, err)
	op := web.Op{
		Method: http.MethodGet, Path: "/things/{id}", ID: "get-thing", Summary: "get",
		Tag: "test", Remembered: true,
	}
	web.Register(d.API, op, d.get)
	op.Path, op.ID, op.Remembered = "/always/{id}", "get-anew", false
	web.Register(d.API, op, d.get)
	op.Path, op.ID, op.Remembered, op.Access = "/own/{id}", "get-own", true, web.SignedIn
	web.Register(d.API, op, d.get)
	return d
}

func (d *desk) get(_ context.Context, in *struct {
	ID string `path:"id"`
	A  string `query:"a"`
},
) (*countedOutput, error) {
	d.made++
	out := &countedOutput{ETag: web.ETag(int64(d.made))}
	out.Body.Text = in.ID + strings.Repeat("x", d.length)
	if d.hook != nil {
		d.hook()
	}
	return out, d.fails
}

// looks returns how often the operation was asked for what fn does.
func (d *desk) looks(fn func()) int {
	before := d.made
	fn()
	return d.made - before
}

func (d *desk) reads(paths ...string) func() {
	return func() {
		for _, path := range paths {
			get(d.Server, path, nil)
		}
	}
}

func TestAnAnswerIsMadeOnceASecond(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 10)
	first := get(d.Server, "/things/1", nil)
	d.clock.Advance(web.MaxAge - time.Millisecond)
	again := get(d.Server, "/things/1", nil)
	require.Equal(t, http.StatusOK, again.Code)
	require.Equal(t, first.Header().Get("ETag"), again.Header().Get("ETag"))
	require.Equal(t, first.Body.String(), again.Body.String())
	d.clock.Advance(time.Millisecond)
	require.Regexp(t, `^"2\.`, get(d.Server, "/things/1", nil).Header().Get("ETag"))
}

func TestARememberedAnswerDiffersInWhatIsTheRequestsOwn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 10)
	ask := func(origin, requestID string) http.Header {
		return get(d.Server, "/things/1", http.Header{"Origin": {origin}, "X-Request-Id": {requestID}}).Header()
	}
	made := ask("https://launcher.example", "one")
	again := ask("https://other.example", "two")
	require.Equal(t, 1, d.made)
	require.Equal(t, "two", again.Get("X-Request-Id"))
	require.Equal(t, "https://other.example", again.Get("Access-Control-Allow-Origin"))
	require.Empty(t, ask("https://evil.example", "three").Get("Access-Control-Allow-Origin"))
	for _, header := range []http.Header{made, again} {
		header.Del("X-Request-Id")
		header.Del("Access-Control-Allow-Origin")
	}
	require.Equal(t, made, again)
}

func TestARememberedAnswerIsCompressedForWhoWantsIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 10)
	d.length = 5000
	d.reads("/things/1")()
	again := get(d.Server, "/things/1", http.Header{"Accept-Encoding": {"gzip"}})
	require.Equal(t, 1, d.made)
	require.Equal(t, "gzip", again.Header().Get("Content-Encoding"))
	require.Less(t, again.Body.Len(), 1000)
}

func TestWhatIsWrittenIsForgottenAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 10)
	require.Equal(t, 1, d.looks(d.reads("/things/1", "/things/1")))
	d.answers.Forget()
	require.Equal(t, 1, d.looks(d.reads("/things/1", "/things/1")))
}

func TestWhatWasReadBeforeAWriteIsNotRemembered(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 10)
	d.hook = d.answers.Forget
	require.Equal(t, 2, d.looks(d.reads("/things/1", "/things/1")))
}

func TestOnlyWhatMayBeRememberedIs(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 10)
	require.Equal(t, 2, d.looks(d.reads("/always/1", "/always/1")), "an operation that does not allow it")
	require.Equal(t, 2, d.looks(d.reads("/things/1", "/things/1?a=b")), "another question")
	require.Equal(t, 1, d.looks(func() {
		get(d.Server, "/things/1",
			http.Header{"Accept": {"application/problem+json"}})
	}), "another form")
	require.Equal(t, 2, d.looks(func() {
		for range 2 {
			get(d.Server, "/own/1", http.Header{"Authorization": {"bearer good"}})
		}
		require.Equal(t, http.StatusUnauthorized, get(d.Server, "/own/1", nil).Code)
	}), "what is not for everybody")
	require.Equal(t, 2, d.looks(func() {
		for range 2 {
			get(d.Server, "/things/2", http.Header{"Accept": {"text/" + strings.Repeat("x", 600)}})
		}
	}), "a long question")
	d.fails = errTeapot
	require.Equal(t, 2, d.looks(d.reads("/things/3", "/things/3")), "a refusal")
	d.fails, d.length = nil, 9000
	require.Equal(t, 2, d.looks(d.reads("/things/4", "/things/4")), "a long answer")
	recorder := httptest.NewRecorder()
	d.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodDelete, "/things/1", nil))
	require.Equal(t, http.StatusMethodNotAllowed, recorder.Code)
}

func TestNoMoreAnswersAreRememberedThanThereIsRoomFor(t *testing.T) {
	t.Parallel()
	for most, looks := range map[int]int{0: 20, 1: 20, 9: 20, 10: 10} {
		d := newDesk(t, most)
		require.Equal(t, looks, d.looks(func() {
			for range 2 {
				for i := range 10 {
					d.reads("/things/" + strconv.Itoa(i))()
				}
			}
		}), most)
	}
}
