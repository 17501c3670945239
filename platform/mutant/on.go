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
	asked   sync.Map
)

// On reports whether a mutant is on. A name says in kebab-case what the broken store does wrong, is a literal, and
// stands in one place. Without the build tag mutants On is false and costs nothing.
func On(name string) bool {
	if _, known := asked.Load(name); !known {
		record(name)
	}
	return name == chosen
}

// SQL returns a statement, or, when the mutant is on, the statement with broken in the place of rule, which it must
// hold once. Without the build tag mutants it is the statement, at no cost.
func SQL(name, statement, rule, broken string) string {
	if strings.Count(statement, rule) != 1 {
		panic(fmt.Sprintf("mutant %s: %q does not stand once in %s", name, rule, statement))
	}
	if On(name) {
		return strings.Replace(statement, rule, broken, 1)
	}
	return statement
}

func record(name string) {
	if _, known := asked.LoadOrStore(name, true); known || reached() == nil {
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
