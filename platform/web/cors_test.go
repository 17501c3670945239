package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"coinslot/platform/config"

	"github.com/stretchr/testify/require"
)

func TestCORS_WildcardPort_AllowsEveryPort(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, func(c *config.HTTP) {
		c.CORSOrigins = []string{
			"http://localhost:*",
			"https://launcher.example",
		}
	})
	for origin, allowed := range map[string]bool{
		"http://localhost:5173":         true,
		"http://localhost":              true,
		"https://launcher.example":      true,
		"https://localhost:5173":        false,
		"http://localhost:evil.example": false,
		"http://localhost.evil.example": false,
		"http://localhost:5173/path":    false,
		"https://launcher.example:8443": false,
		"null":                          false,
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodOptions, "/v1/anything", http.NoBody)
		request.Header.Set("Origin", origin)
		request.Header.Set("Access-Control-Request-Method", http.MethodPost)
		request.Header.Set("Access-Control-Request-Headers", "idempotency-key")
		recorder := httptest.NewRecorder()
		s.Handler().ServeHTTP(recorder, request)
		want := ""
		if allowed {
			want = origin
			require.Contains(t, recorder.Header().Get("Access-Control-Allow-Headers"), "Idempotency-Key")
		}
		require.Equal(t, want, recorder.Header().Get("Access-Control-Allow-Origin"), origin)
	}
}
