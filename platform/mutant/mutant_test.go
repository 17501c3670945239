package mutant_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"coinslot/platform/mutant"

	"github.com/stretchr/testify/require"
)

// The switches of testdata/sample.
const (
	sampleSwitch = "print-the-wrong-word"
	sampleSQL    = "select-another"
)

// build compiles the sample program and returns its path.
func build(t *testing.T, tags string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", tags, "-o", path,
		"./testdata/sample").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

func run(t *testing.T, path string, env ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), path)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

func TestOn_BuiltWithoutTag_NameIsNotInBinary(t *testing.T) {
	t.Parallel()
	path := build(t, "")
	require.Equal(t, "right\n", run(t, path, mutant.ChosenVariable+"="+sampleSwitch))
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(raw), sampleSwitch)
	require.NotContains(t, string(raw), sampleSQL)
}

func TestOn_BuiltWithTag_TrueForChosenNameOnly(t *testing.T) {
	t.Parallel()
	path := build(t, "mutants")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(raw), sampleSwitch, "the control of the test without the tag")

	reached := filepath.Join(t.TempDir(), "reached")
	require.Equal(t, "wrong\n", run(t, path, mutant.ChosenVariable+"="+sampleSwitch))
	require.Equal(t, "right\n", run(t, path, mutant.ChosenVariable+"=another", mutant.ReachedVariable+"="+reached))
	names, err := os.ReadFile(reached)
	require.NoError(t, err)
	require.Equal(t, sampleSwitch+"\n"+sampleSQL+"\n", string(names))
	require.Equal(t, "other\n", run(t, path, mutant.ChosenVariable+"="+sampleSQL))
}

func BenchmarkOn(b *testing.B) {
	for b.Loop() {
		if mutant.On("sample") {
			b.Fatal("the mutant is on")
		}
	}
}
