package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/configs"
	"coinslot/platform/config"
	"coinslot/platform/datadir"

	"github.com/stretchr/testify/require"
)

// readme returns the README's code blocks of a language, in order.
func readme(t *testing.T, language string) (blocks []string) {
	t.Helper()
	raw, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	for _, m := range regexp.MustCompile("(?s)\n```"+language+"\n(.*?)\n```\n").FindAllStringSubmatch(string(raw), -1) {
		blocks = append(blocks, m[1])
	}
	require.NotEmpty(t, blocks)
	return blocks
}

// shells run the blocks from standard input. An interactive zsh does not accept comments.
var shells = map[string][]string{"bash": {"bash", "--norc"}, "zsh": {"zsh", "-f", "-i"}}

func TestREADME_Blocks_RunUnchanged(t *testing.T) {
	t.Parallel()
	for name, shell := range shells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, needed := range []string{shell[0], "curl", "jq"} {
				if _, err := exec.LookPath(needed); err != nil {
					t.Skipf("the README's examples need %s (Debian: apt-get install %s)", needed, needed)
				}
			}
			p := harness.NewProgram(t)
			_, run := p.Serve(t)
			out := runBlocks(t, p, shell, run)
			for _, want := range []string{
				`{"number":"CS-`, `"status":"completed"`, "%PDF-1.", `"invoice_number":"INV-AT-`, `"left":1`,
				`"provider_clearing":`, `"valid":true`,
				"0 differences", `"reason":"amount_mismatch"`, "204\n", `"Your password was changed"`,
			} {
				require.Contains(t, out, want)
			}
			require.Regexp(t, "is (refunded|canceled) now", out,
				"the webhook with the wrong amount may arrive before the order is completed")
		})
	}
}

// runBlocks runs the README's blocks in a shell, with the addresses of the test's store.
func runBlocks(t *testing.T, p harness.Program, shell []string, run datadir.Run) string {
	t.Helper()
	folder := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(folder, "bin"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "bin", "coinslot"),
		fmt.Appendf(nil, "#!/bin/sh\nexec '%s' \"$@\"\n", self), 0o755))
	script := strings.NewReplacer("http://127.0.0.1:8080", run.URL, "http://127.0.0.1:8082", run.MockpayURL,
		"http://127.0.0.1:8083", run.InboxURL).
		Replace(strings.Join(readme(t, "sh"), "\n"))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, shell[0], shell[1:]...)
	cmd.WaitDelay = time.Second
	cmd.Dir, cmd.Env, cmd.Stdin = folder, p.Environ, strings.NewReader("set -e -o pipefail\n"+script+"\nexit 0\n")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.NotContains(t, string(out), "command not found")
	return string(out)
}

func TestREADME_ProductionConfiguration_IsValid(t *testing.T) {
	t.Parallel()
	blocks := readme(t, "ini")
	require.Len(t, blocks, 1)
	profile, rest, found := strings.Cut(blocks[0], "\n")
	require.True(t, found)
	require.Equal(t, "COINSLOT_PROFILE=production", profile)
	environ := strings.Split(strings.ReplaceAll(rest, "…", strings.Repeat("s3cret-", 8)), "\n")
	c, err := store.LoadConfig(config.Source{Files: configs.Files, Profile: "production", Environ: environ})
	require.NoError(t, err)
	require.NoError(t, c.Secure())
	require.Equal(t, "https://store.example", c.HTTP.PublicURL)
}

func TestREADME_WrittenFiles_AreIgnoredByGit(t *testing.T) {
	t.Parallel()
	ignored, err := os.ReadFile("../../.gitignore")
	require.NoError(t, err)
	files := regexp.MustCompile(`(?:tee|-o) ([a-z]+\.[a-z]+)`).
		FindAllStringSubmatch(strings.Join(readme(t, "sh"), "\n"), -1)
	require.Len(t, files, 3)
	for _, file := range files {
		matched := false
		for pattern := range strings.Lines(string(ignored)) {
			ok, err := filepath.Match(strings.Trim(pattern, "/\n"), file[1])
			require.NoError(t, err)
			matched = matched || ok
		}
		require.True(t, matched, "%s is not in .gitignore", file[1])
	}
}
