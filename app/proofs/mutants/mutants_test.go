package mutants_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// mutantsVariable says which mutants TestMutants switches on: all, or those whose name holds a text. With reachOnly it
// switches none on, and sees that the proofs are green and reach each switch.
const (
	mutantsVariable = "COINSLOT_TEST_MUTANTS"
	allMutants      = "all"
	reachOnly       = "reach"
)

// brokenStore is the store with a rule, a dedupe or a lock taken out: by a switch of its name in the code
// (platform/mutant), by statements that break the schema of the test databases, or, where two guards stand for one,
// by both.
type brokenStore struct {
	name  string
	proof proof  // what must turn red
	ddl   string // empty: a switch alone
}

// proof is what notices: tests of a package.
type proof struct{ pkg, run string }

func (p proof) String() string { return p.pkg + " " + p.run }

// tests are the tests of a package that match a pattern.
func tests(pkg, run string) proof { return proof{"./" + pkg, run} }

// domainTest and serviceTest are one test of a module's domain and of its use cases.
func domainTest(module, name string) proof { return tests("modules/"+module+"/domain", "^"+name+"$") }

func serviceTest(module, name string) proof { return tests("modules/"+module+"/service", "^"+name+"$") }

// contract is one test of the suite that a module's PostgreSQL adapters pass.
func contract(module, name string) proof {
	return tests("modules/"+module+"/adapters/postgres", "^TestContract$/^"+name+"$")
}

var (
	bySimulation           = tests("app/proofs/simulation", "^TestSimulation$")
	bySimulationOnPostgres = tests("app/proofs/simulation", "^TestSimulationOnPostgres$")
)

func mutants() []brokenStore {
	return slices.Concat(checkoutMutants, billingMutants, libraryMutants, platformMutants)
}

// chosenMutants are those whose name holds a text.
func chosenMutants(only string) (out []brokenStore) {
	for _, m := range mutants() {
		if only == allMutants || only == reachOnly || strings.Contains(m.name, only) {
			out = append(out, m)
		}
	}
	return out
}

// TestMutants switches one mutant on at a time and sees that its proof notices. First it sees that the proofs are green
// without any, and that each reaches the switches that it is to notice.
func TestMutants(t *testing.T) {
	t.Parallel()
	only := os.Getenv(mutantsVariable)
	if only == "" {
		t.Log("make mutants runs this")
		return
	}
	chosen := chosenMutants(only)
	if only == reachOnly { // a mutant of the schema alone has no switch to be reached
		switches := mutantSwitches(t)
		chosen = slices.DeleteFunc(chosen, func(m brokenStore) bool { return switches[m.name] == "" })
	}
	require.NotEmpty(t, chosen, "no mutant's name holds %q", only)
	r := newMutantRunner(t, chosen)
	faults := r.reach(chosen)
	if only == reachOnly {
		fmt.Printf("mutants: %d switches, %d faults\n", len(chosen), faults)
		require.Zero(t, faults)
		return
	}
	began := time.Now()
	missed := r.each(chosen)
	fmt.Printf("mutants: %d of %d noticed in %.0fs\n", len(chosen)-missed, len(chosen), time.Since(began).Seconds())
	require.Zero(t, faults, "each proof is green without a mutant, and reaches its switches")
	require.Zero(t, missed)
}
