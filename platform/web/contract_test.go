package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"coinslot/platform/page"
	"coinslot/platform/web"
)

func send(s *web.Server, method, path string, header http.Header, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, bytes.NewBufferString(body))
	for name, values := range header {
		request.Header[name] = values
	}
	recorder := httptest.NewRecorder()
	s.Handler().ServeHTTP(recorder, request)
	return recorder
}

func TestHEAD_ReturnsHeadersOfGET(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, nil)
	require.NoError(t, s.Listen(t.Context()))
	defer s.Shutdown(t.Context())
	for _, path := range []string{
		"/long", "/livez", "/readyz", "/docs/", "/openapi.json", "/openapi.yaml",
		"/staff", "/nothing",
	} {
		var headers [2]http.Header
		var statuses [2]int
		for i, method := range []string{http.MethodGet, http.MethodHead} {
			request, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Address()+path, nil)
			require.NoError(t, err)
			request.Header.Set("X-Request-Id", "same")
			response, err := http.DefaultTransport.RoundTrip(request)
			require.NoError(t, err)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			response.Body.Close()
			require.Equal(t, method == http.MethodHead, len(body) == 0, "%s %s", method, path)
			for _, name := range []string{"Date", "Content-Length", "Content-Encoding", "Accept-Ranges", "Last-Modified"} {
				response.Header.Del(name)
			}
			headers[i], statuses[i] = response.Header, response.StatusCode
		}
		require.Equal(t, statuses[0], statuses[1], path)
		require.Equal(t, headers[0], headers[1], path)
	}
	refused := send(s, http.MethodPut, "/long", nil, "")
	require.Contains(t, refused.Header().Get("Allow"), http.MethodHead)
}

func TestIfNoneMatch_SameBody_Returns304(t *testing.T) {
	t.Parallel()
	for _, cacheSize := range []int{0, 10} {
		s := newCountingServer(t, cacheSize)
		first := get(s.Server, "/things/1", nil)
		tag := first.Header().Get("ETag")
		require.Regexp(t, `^"1\.[\w-]{16}"$`, tag, "the row version, and the hash of the body")
		s.calls = 0 // the next response has the same version
		for _, list := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
			again := get(s.Server, "/things/1", http.Header{"If-None-Match": {list}})
			require.Equal(t, http.StatusNotModified, again.Code, list)
			require.Empty(t, again.Body.String())
			require.Empty(t, again.Header().Get("Content-Type"))
			require.Equal(t, tag, again.Header().Get("ETag"))
			s.calls = 0
		}
		s.length, s.calls = 1, 0
		s.cache.Purge()
		changed := get(s.Server, "/things/1", http.Header{"If-None-Match": {tag}})
		require.Equal(t, http.StatusOK, changed.Code, "the same row version with another body does not match")
		require.NotEqual(t, tag, changed.Header().Get("ETag"))
		require.Equal(t, http.StatusOK, get(s.Server, "/things/1", http.Header{"If-None-Match": {`"1"`}}).Code)
	}
	require.Equal(t, http.StatusInternalServerError,
		get(newServer(t, io.Discard, nil), "/fails", http.Header{"If-None-Match": {"*"}}).Code)
}

type takesInput struct {
	Body struct {
		Text string `json:"text"`
	}
}

func TestMediaTypes_AreCaseInsensitive(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, nil)
	web.Register(s.API, web.Op{Method: http.MethodPost, Path: "/takes", ID: "takes", Summary: "takes", Tag: "test"},
		func(_ context.Context, in *takesInput) (*textOutput, error) {
			out := &textOutput{}
			out.Body.Text = in.Body.Text
			return out, nil
		})
	for _, mediaType := range []string{
		"application/json", "Application/JSON", "APPLICATION/JSON; Charset=UTF-8",
		"application/json ;charset=utf-8",
	} {
		response := send(s, http.MethodPost, "/takes",
			http.Header{"Content-Type": {mediaType}, "Accept": {"Application/Json"}}, `{"text":"x"}`)
		require.Equal(t, http.StatusOK, response.Code, mediaType+response.Body.String())
	}
	problem(t, send(s, http.MethodPost, "/takes", http.Header{"Content-Type": {"Text/Plain"}}, `{"text":"x"}`),
		http.StatusUnsupportedMediaType, "unsupported-media-type")
}

func TestAccept_ProblemJSONOnly_SuccessIsJSON(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, nil)
	accept := http.Header{"Accept": {"application/problem+json"}}
	require.Equal(t, "application/json", get(s, "/long", accept).Header().Get("Content-Type"))
	require.Equal(t, "application/problem+json", get(s, "/nothing", accept).Header().Get("Content-Type"))
	require.Equal(t, "application/problem+json",
		get(s, "/fails", http.Header{"Accept": {"application/json"}}).Header().Get("Content-Type"))
}

type numbersInput struct {
	web.PageQuery
	Kind string   `query:"kind"`
	Tags []string `query:"tags"`
}

func TestLink_NextPage_KeepsEveryParameter(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, nil)
	web.Register(s.API, web.Op{
		Method: http.MethodGet, Path: "/numbers", ID: "list-numbers",
		Summary: "numbers", Tag: "test",
	},
		func(_ context.Context, in *numbersInput) (*web.List[int], error) {
			numbers := page.Page[int]{Items: []int{1}, Next: "abc"}
			return web.NewList(numbers, "/numbers", func(n int) int { return n }), nil
		})
	link := get(s, "/numbers?limit=1&kind=a%26b&tags=x,y&cursor=old", nil).Header().Get("Link")
	var next string
	_, err := fmt.Sscanf(link, "<%s rel=\"next\"", &next)
	require.NoError(t, err, link)
	address, err := url.Parse(next[:len(next)-2])
	require.NoError(t, err)
	require.Equal(t, "/numbers", address.Path)
	q := address.Query()
	require.NotEqual(t, "old", q.Get("cursor"))
	require.Contains(t, q.Get("cursor"), "abc")
	q.Del("cursor")
	require.Equal(t, url.Values{"limit": {"1"}, "kind": {"a&b"}, "tags": {"x,y"}}, q)
}

func TestQuery_UnknownParameter_Returns422ByName(t *testing.T) {
	t.Parallel()
	body := problem(t, get(newServer(t, io.Discard, nil), "/long?lmit=1", nil),
		http.StatusUnprocessableEntity, "invalid-request")
	require.Equal(t, "query.lmit", body["errors"].([]any)[0].(map[string]any)["location"])
}

func TestChallenge_BadToken_HasInvalidTokenError(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, nil)
	const plain = `Bearer realm="coinslot"`
	for authorization, want := range map[string]string{
		"": plain, "Basic good": plain, "Bearer": plain,
		"Bearer bad": plain + `, error="invalid_token"`,
	} {
		header := get(s, "/staff", http.Header{"Authorization": {authorization}}).Header()
		require.Equal(t, want, header.Get("WWW-Authenticate"), authorization)
	}
}

// net/http responds to these requests itself, without a handler.
func TestUnparsedRequest_ReturnsProblemDocument(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, nil)
	require.NoError(t, s.Listen(t.Context()))
	defer s.Shutdown(t.Context())
	for name, c := range map[string]struct {
		request string
		status  int
		code    string
	}{
		"percent in the path":  {"GET /v1/products/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed-request"},
		"percent at the end":   {"GET /% HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed-request"},
		"percent in the query": {"GET /long?q=%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed-request"},
		"semicolon":            {"GET /long?limit=1;kind=x HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed-request"},
		"no host":              {"GET /long HTTP/1.1\r\n\r\n", 400, "malformed-request"},
		"no header":            {"GET /long HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n", 400, "malformed-request"},
		"transfer encoding": {
			"POST /long HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501,
			"unsupported-transfer-encoding",
		},
		"long header": {
			"GET /long HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 75<<10) + "\r\n\r\n",
			431, "headers-too-large",
		},
		"version": {"GET /long HTTP/3.7\r\nHost: x\r\n\r\n", 505, "unsupported-http-version"},
	} {
		conn, err := net.Dial("tcp", s.Address())
		require.NoError(t, err)
		_, err = io.WriteString(conn, c.request)
		require.NoError(t, err)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err, name)
		var body map[string]any
		require.NoError(t, json.NewDecoder(response.Body).Decode(&body), name)
		response.Body.Close()
		conn.Close()
		require.Equal(t, c.status, response.StatusCode, name)
		require.Equal(t, "application/problem+json", response.Header.Get("Content-Type"))
		require.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
		require.Equal(t, c.code, body["code"], name)
		require.Equal(t, response.Header.Get("X-Request-Id"), body["request_id"])
	}
}
