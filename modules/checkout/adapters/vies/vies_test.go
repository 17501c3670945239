package vies_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"coinslot/modules/checkout/adapters/vies"
	"coinslot/modules/checkout/ports/portstest"

	"github.com/stretchr/testify/require"
)

const (
	assigned = "DE136695976"
	free     = "ATU13585627"
	silent   = "FR40303265045"
	greek    = "EL094259216"
)

// standIn answers as VIES does.
func standIn(w http.ResponseWriter, r *http.Request) {
	var in map[string]string
	if r.Method != http.MethodPost || r.URL.Path != "/rest-api/check-vat-number" ||
		json.NewDecoder(r.Body).Decode(&in) != nil || len(in) != 2 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch in["countryCode"] + in["vatNumber"] {
	case assigned, greek:
		w.Write([]byte(`{"countryCode":"DE","vatNumber":"136695976","requestDate":"2026-11-30T12:00:00Z",
			"valid":true,"name":"---"}`))
	case free:
		w.Write([]byte(`{"countryCode":"AT","vatNumber":"U13585627","valid":false,"userError":"INVALID"}`))
	default: // of a member state that is not available, with the status that VIES uses
		w.Write([]byte(`{"actionSucceed":false,"errorWrappers":[{"error":"MS_UNAVAILABLE"}]}`))
	}
}

func serve(t *testing.T, handler http.HandlerFunc) *vies.Registry {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return vies.New(server.URL+"/rest-api/", time.Second)
}

func TestRegistryContract(t *testing.T) {
	t.Parallel()
	portstest.RunRegistry(t, func(t *testing.T) portstest.Registry {
		return portstest.Registry{VATRegistry: serve(t, standIn), Assigned: assigned, Free: free, Silent: silent}
	})
}

func TestAssigned_Greece_IsAskedAsEL(t *testing.T) {
	t.Parallel()
	known, err := serve(t, standIn).Assigned(t.Context(), greek)
	require.NoError(t, err)
	require.True(t, known)
}

func TestAssigned_UnclearAnswer_IsAnError(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no JSON": "<html>", "empty": "", "without valid": `{"countryCode":"DE"}`, "null": `{"valid":null}`,
		"with an error": `{"valid":false,"userError":"MS_MAX_CONCURRENT_REQ"}`,
	} {
		_, err := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(body)) }).
			Assigned(t.Context(), assigned)
		require.Error(t, err, name)
	}
	_, err := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		w.Write([]byte(`{"valid":true}`))
	}).Assigned(t.Context(), assigned)
	require.Error(t, err, "status 500")
	closed := httptest.NewServer(http.HandlerFunc(standIn))
	closed.Close()
	_, err = vies.New(closed.URL, time.Second).Assigned(t.Context(), assigned)
	require.Error(t, err, "nobody listens")
}

func TestAssigned_SilentServer_EndsInTime(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(func() {
		close(release)
		server.Close()
	})
	_, err := vies.New(server.URL, 50*time.Millisecond).Assigned(t.Context(), assigned)
	require.Error(t, err)
}
