package state_test

import (
	"testing"

	"coinslot/platform/state"

	"github.com/stretchr/testify/require"
)

var doors = state.Table[string]{
	"open":   {"closed"},
	"closed": {"open", "locked"},
	"locked": {},
}

func TestTable_Check_AllowsListedTransitions(t *testing.T) {
	t.Parallel()
	require.True(t, doors.Allows("closed", "locked"))
	require.False(t, doors.Allows("locked", "open"))
	require.False(t, doors.Allows("open", "open"))
	require.False(t, doors.Allows("ajar", "open"))
	require.NoError(t, doors.Check("closed", "locked"))
	require.ErrorIs(t, doors.Check("locked", "open"), state.ErrTransition)
	require.EqualError(t, doors.Check("locked", "open"), "illegal transition: from locked to open")
	require.True(t, doors.Final("locked"))
	require.False(t, doors.Final("open"))
	require.Equal(t, []string{"closed", "locked", "open"}, doors.States())
}

//nolint:dupword // a diagram repeats its states
func TestTable_Mermaid_HasEveryTransition(t *testing.T) {
	t.Parallel()
	require.Equal(t, `stateDiagram-v2
    [*] --> open
    closed --> open
    closed --> locked
    locked --> [*]
    open --> closed
`, doors.Mermaid("open"))
}
