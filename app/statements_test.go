package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Three values can be matched with their numbers at a glance; statements with more name them.
func TestStatements_MoreThanThreeParameters_AreNamed(t *testing.T) {
	t.Parallel()
	tooMany, statements := regexp.MustCompile(`\$([4-9]|[1-9]\d)\b`), 0
	check := func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		statements += strings.Count(string(source), "@")
		require.Empty(t, tooMany.FindAllString(string(source), -1), "%s: use postgres.Named", path)
		return err
	}
	require.NoError(t, filepath.WalkDir("../modules", check))
	require.Greater(t, statements, 100)
}
