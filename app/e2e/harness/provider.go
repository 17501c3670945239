package harness

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// MustCall is Call that asserts a status below 300 and returns the response's body.
func MustCall(t *testing.T, method, url, body string) string {
	t.Helper()
	status, answer := Call(t, method, url, body)
	require.Less(t, status, 300, answer)
	return answer
}

// Call sends a request with the provider's API key, and returns the status and body of the response.
func Call(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", NewKey())
	response, err := http.DefaultClient.Do(Authorize(request))
	require.NoError(t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(raw)
}
