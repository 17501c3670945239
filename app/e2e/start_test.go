package e2e_test

import (
	"net/http"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

func TestStart_ServesPublicPages(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	guest := r.Guest(t)
	for _, path := range []string{"/livez", "/readyz", "/docs/", "/openapi.json", "/openapi.yaml"} {
		guest.Get(path).Is(http.StatusOK)
	}
	require.Len(t, operations(t, r), len(matrix))
	guest.Get("/nothing").Problem(http.StatusNotFound, "not-found")
	guest.Send(http.MethodPut, "/livez", nil, nil).Problem(http.StatusMethodNotAllowed, "method-not-allowed")
}
