package headfile_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"coinslot/modules/billing/adapters/headfile"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

func keys() domain.SealKeys { return domain.SealKeys{{ID: "k", Secret: []byte("secret")}} }

func head(sequence int64) domain.Head {
	return keys().SignHead(domain.Head{
		StoreID: id.Max, Sequence: sequence, Hash: []byte{1, 2}, At: time.Date(2026, 3, 1, 12, 0, 0, 1000, time.UTC),
		Numbers: []domain.SeriesNumber{{Series: "CN-AT-2026", Number: 3}, {Series: "INV-AT-2026", Number: 12}},
	})
}

func TestLog_AppendedHeads_AreRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heads.jsonl")
	log := headfile.New(path)
	_, found, err := log.Last(t.Context())
	require.NoError(t, err)
	require.False(t, found)
	for sequence := range int64(3) {
		require.NoError(t, log.Append(t.Context(), head(sequence)))
	}
	for _, l := range []*headfile.Log{log, headfile.New(path)} {
		last, found, err := l.Last(t.Context())
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, head(2), last)
	}
	read, err := headfile.Read(path)
	require.NoError(t, err)
	require.Equal(t, []domain.Head{head(0), head(1), head(2)}, read)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestRead_OneByteChanged_IsNoticed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heads.jsonl")
	require.NoError(t, headfile.New(path).Append(t.Context(), head(1)))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for at := range len(whole) - 1 {
		for _, bit := range []byte{1, 32} { // 32 turns small letters into capitals
			changed := append([]byte{}, whole...)
			changed[at] ^= bit
			require.NoError(t, os.WriteFile(path, changed, 0o600))
			read, err := headfile.Read(path)
			if err == nil {
				err = keys().VerifyHead(read[0])
			}
			require.Error(t, err, "byte %d: %s", at, changed)
		}
	}
}

// The line of an interrupted writer is not read, and the next Append removes it.
func TestLog_TornLine_IsRemoved(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heads.jsonl")
	require.NoError(t, headfile.New(path).Append(t.Context(), head(1)))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, torn := range []string{string(whole) + `{"store":`, `{"store":`} {
		require.NoError(t, os.WriteFile(path, []byte(torn), 0o600))
		log := headfile.New(path)
		_, found, err := log.Last(t.Context())
		require.NoError(t, err)
		require.Equal(t, len(torn) > len(whole), found)
		require.NoError(t, log.Append(t.Context(), head(2)))
		read, err := headfile.Read(path)
		require.NoError(t, err)
		require.Equal(t, head(2), read[len(read)-1])
	}
}

func TestLog_FolderIsMissing_ReturnsError(t *testing.T) {
	t.Parallel()
	log := headfile.New(filepath.Join(t.TempDir(), "absent", "heads.jsonl"))
	require.ErrorContains(t, log.Append(t.Context(), head(1)), "open the head file")
}

func TestLog_ReservationAndRestore_AreRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heads.jsonl")
	first := domain.Head{StoreID: id.Max, Hash: []byte{}, At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	first.Reserved = []domain.SeriesNumber{{Series: "INV-AT-2026", Number: 14}}
	second := first
	second.Reserved, second.RestoredTo = nil, time.Date(2026, 3, 1, 11, 0, 0, 2000, time.UTC)
	want := []domain.Head{keys().SignHead(first), keys().SignHead(second)}
	for _, h := range want {
		require.NoError(t, headfile.New(path).Append(t.Context(), h))
	}
	read, err := headfile.Read(path)
	require.NoError(t, err)
	require.Equal(t, want, read)
	for _, h := range read {
		require.NoError(t, keys().VerifyHead(h))
	}
	read[0].Reserved[0].Number++
	require.ErrorIs(t, keys().VerifyHead(read[0]), domain.ErrSealHash)
	read[1].RestoredTo = read[1].RestoredTo.Add(time.Hour)
	require.ErrorIs(t, keys().VerifyHead(read[1]), domain.ErrSealHash)
}
