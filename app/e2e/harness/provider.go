package harness

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Exchange sends a request to the provider's merchant API or to the admin listener, and returns the answer's body.
func Exchange(t *testing.T, method, url, body string) string {
	t.Helper()
	status, answer := Tell(t, method, url, body)
	require.Less(t, status, 300, answer)
	return answer
}

// Tell is exchange for a request that may be refused.
func Tell(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", NewKey())
	response, err := http.DefaultClient.Do(AsMerchant(request))
	require.NoError(t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(raw)
}
