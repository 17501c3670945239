//go:build unix

package pgserver

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Binaries are an installed PostgreSQL.
type Binaries struct {
	Root    string // the folder that has bin
	Version string // such as "15.18"
}

// Major returns the major version. A data folder can be used by binaries of its major version only.
func (b Binaries) Major() string {
	major, _, _ := strings.Cut(b.Version, ".")
	return major
}

var folders = []string{
	"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin",
	"/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin",
}

// FindBinaries returns the installed PostgreSQL versions from 14 on, the newest first. It searches PATH and the folders
// of the usual packages.
func FindBinaries() []Binaries {
	var candidates []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			candidates = append(candidates, filepath.Dir(real))
		}
	}
	for _, pattern := range folders {
		found, _ := filepath.Glob(pattern) // the patterns are valid
		candidates = append(candidates, found...)
	}
	var out []Binaries
	for _, bin := range candidates {
		if b, ok := inspect(bin); ok && !slices.Contains(out, b) {
			out = append(out, b)
		}
	}
	slices.SortStableFunc(out, func(a, b Binaries) int { return cmp.Compare(number(b.Major()), number(a.Major())) })
	return out
}

func number(s string) int {
	n, _ := strconv.Atoi(s) // 0 sorts last
	return n
}

// minMajor is the first version whose default password encryption is scram-sha-256.
const minMajor = 14

var versionPattern = regexp.MustCompile(`\d+(\.\d+)*`)

func inspect(bin string) (Binaries, bool) {
	if filepath.Base(bin) != "bin" {
		return Binaries{}, false
	}
	for _, name := range []string{"initdb", "pg_ctl", "postgres"} {
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
			return Binaries{}, false
		}
	}
	out, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return Binaries{}, false
	}
	b := Binaries{Root: filepath.Dir(bin), Version: versionPattern.FindString(string(out))}
	return b, number(b.Major()) >= minMajor
}

// choose returns the binaries of a data folder's major version, or the newest ones for a new folder. Empty binaries
// are to be downloaded.
func choose(found []Binaries, dataMajor string) (Binaries, error) {
	if dataMajor == "" {
		if len(found) == 0 {
			return Binaries{}, nil
		}
		return found[0], nil
	}
	for _, b := range found {
		if b.Major() == dataMajor {
			return b, nil
		}
	}
	if len(found) == 0 && dataMajor == downloadMajor {
		return Binaries{}, nil
	}
	return Binaries{}, fmt.Errorf("PostgreSQL %s, which created the database, is not installed; "+
		"install it, or set COINSLOT_DATA_DIR to a new folder", dataMajor)
}
