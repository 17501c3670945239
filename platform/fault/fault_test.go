package fault_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"coinslot/platform/fault"

	"github.com/stretchr/testify/require"
)

var (
	errHeld  = fault.New(fault.Conflict, "held", "it is reserved")
	errHeld2 = fault.New(fault.Conflict, "held", "it is reserved")
	errLater = fault.New(fault.Conflict, "later", "not yet").After(time.Second)
)

func TestIs_CopiesMatchTheirVariable(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"itself": errHeld, "with a detail": errHeld.With("by", 7), "with a delay": errHeld.After(time.Second),
		"with another message": errHeld.Saying("%d reserve it", 2),
		"with a field":         errHeld.At("body", "wait", nil),
		"copy of a copy":       errHeld.With("by", 7).After(time.Minute),
		"wrapped":              fmt.Errorf("take it: %w", errHeld.With("by", 7)),
		"joined":               errors.Join(errLater, errHeld),
	} {
		require.ErrorIs(t, err, errHeld, name)
		require.ErrorIs(t, err, errHeld.Saying("it is held"), name)
		require.NotErrorIs(t, err, errHeld2, name)
	}
	require.ErrorIs(t, errLater.With("by", 7), errLater)
	require.NotErrorIs(t, errLater, errHeld)
}

func TestCopies_DoNotModifyTheOriginal(t *testing.T) {
	t.Parallel()
	first := errHeld.With("by", 7).At("body", "wait", nil)
	second := first.With("since", 8).At("query", "wait", nil)
	require.Empty(t, errHeld.Details)
	require.Empty(t, errHeld.Fields)
	require.Equal(t, map[string]any{"by": 7}, first.Details)
	require.Len(t, first.Fields, 1)
	require.Equal(t, map[string]any{"by": 7, "since": 8}, second.Details)
	require.Len(t, second.Fields, 2)
}
