//go:build mutants

package mutant

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

var (
	chosen  = os.Getenv(ChosenVariable)
	reached = sync.OnceValue(openReached)
	seen    sync.Map
)

// On reports whether a mutant is on. Its name describes the defect in kebab-case. The name must be a literal and must
// be used in one place. Without the build tag mutants On returns false and costs nothing.
func On(name string) bool {
	if _, known := seen.Load(name); !known {
		record(name)
	}
	return name == chosen
}

// SQL returns the statement. When the mutant is on, it replaces the text rule by broken. The statement must contain
// rule exactly once. Without the build tag mutants SQL returns the statement unchanged and costs nothing.
func SQL(name, statement, rule, broken string) string {
	if strings.Count(statement, rule) != 1 {
		panic(fmt.Sprintf("mutant %s: %q must occur exactly once in %s", name, rule, statement))
	}
	if On(name) {
		return strings.Replace(statement, rule, broken, 1)
	}
	return statement
}

func record(name string) {
	if _, known := seen.LoadOrStore(name, true); known || reached() == nil {
		return
	}
	if _, err := reached().WriteString(name + "\n"); err != nil {
		panic(err)
	}
}

func openReached() *os.File {
	path := os.Getenv(ReachedVariable)
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	return file
}
