package portstest

import (
	"testing"

	"coinslot/modules/checkout/ports"

	"github.com/stretchr/testify/require"
)

// Registry is a registry to test. It knows Assigned, does not know Free, and cannot say anything about Silent.
type Registry struct {
	ports.VATRegistry
	Assigned, Free, Silent string
}

// RunRegistry runs the contract of a registry of VAT IDs.
func RunRegistry(t *testing.T, open func(t *testing.T) Registry) {
	t.Helper()
	r := open(t)
	for vatID, want := range map[string]bool{r.Assigned: true, r.Free: false} {
		got, err := r.VATRegistry.Assigned(t.Context(), vatID)
		require.NoError(t, err, vatID)
		require.Equal(t, want, got, vatID)
	}
	_, err := r.VATRegistry.Assigned(t.Context(), r.Silent)
	require.Error(t, err, "a registry that does not say is no answer")
}
