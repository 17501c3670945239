package page_test

import (
	"strings"
	"testing"

	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

type key struct {
	Title string
	N     int64
}

func TestDecode_InvertsEncode(t *testing.T) {
	t.Parallel()
	want := key{"Ξ & ž", 42}
	got, ok, err := page.Decode[key](page.Encode(want))
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, want, got)
}

func TestDecode_EmptyCursor_NotOK(t *testing.T) {
	t.Parallel()
	_, ok, err := page.Decode[key]("")
	require.NoError(t, err)
	require.False(t, ok)
}

func TestDecode_InvalidCursor_ReturnsErrCursor(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"!!", "bm9wZQ", page.Encode("a string"), strings.Repeat("A", 5000)} {
		_, _, err := page.Decode[key](bad)
		require.ErrorIs(t, err, page.ErrCursor)
	}
}

func TestCut_LastPage_HasNoNext(t *testing.T) {
	t.Parallel()
	name := func(s string) string { return "after " + s }
	require.Equal(t, page.Page[string]{Items: []string{"a", "b"}, Next: "after b"},
		page.Cut([]string{"a", "b", "c"}, 2, name))
	require.Equal(t, page.Page[string]{Items: []string{"a", "b"}}, page.Cut([]string{"a", "b"}, 2, name))
}

func TestSize_IsWithinItsBounds(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{-1: 20, 0: 20, 1: 1, 100: 100, 101: 100} {
		require.Equal(t, want, page.Request{Limit: limit}.Size())
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(page.Encode(key{"a", 1}))
	f.Add("e30")
	f.Fuzz(func(t *testing.T, cursor string) {
		if _, _, err := page.Decode[key](cursor); err != nil {
			require.ErrorIs(t, err, page.ErrCursor)
		}
	})
}
