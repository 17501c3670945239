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

// mutantsVariable selects the mutants of TestMutants: allMutants, or those whose name contains the value. With
// reachOnly it enables none, and checks that the tests pass and reach each switch.
const (
	mutantsVariable = "COINSLOT_TEST_MUTANTS"
	allMutants      = "all"
	reachOnly       = "reach"
)

// storeMutant disables a rule, a lock or a uniqueness check: by a switch in the code with its name (platform/mutant),
// by DDL on the schema of the test databases, or by both where both enforce the same rule.
type storeMutant struct {
	name  string
	proof proof  // the tests that must fail
	ddl   string // empty: only a switch
}

// proof selects the tests of a package that detect a mutant.
type proof struct{ pkg, run string }

func (p proof) String() string { return p.pkg + " " + p.run }

// tests returns the tests of a package that match a pattern of -run.
func tests(pkg, run string) proof { return proof{"./" + pkg, run} }

// domainTest and serviceTest return one test of a module's domain or service.
func domainTest(module, name string) proof { return tests("modules/"+module+"/domain", "^"+name+"$") }

func serviceTest(module, name string) proof { return tests("modules/"+module+"/service", "^"+name+"$") }

// contract returns one case of the contract suite of a module's PostgreSQL adapters.
func contract(module, name string) proof {
	return tests("modules/"+module+"/adapters/postgres", "^TestContract$/^"+name+"$")
}

var (
	bySimulation           = tests("app/proofs/simulation", "^TestSimulation$")
	bySimulationOnPostgres = tests("app/proofs/simulation", "^TestSimulationOnPostgres$")
)

func mutants() []storeMutant {
	return slices.Concat(checkoutMutants, billingMutants, libraryMutants, platformMutants)
}

// chosenMutants returns the selected mutants.
func chosenMutants(only string) (out []storeMutant) {
	for _, m := range mutants() {
		if only == allMutants || only == reachOnly || strings.Contains(m.name, only) {
			out = append(out, m)
		}
	}
	return out
}

// TestMutants first checks that the tests pass without a mutant and reach their switches. Then it enables one mutant at
// a time and checks that its tests fail.
func TestMutants(t *testing.T) {
	t.Parallel()
	only := os.Getenv(mutantsVariable)
	if only == "" {
		t.Log("make mutants runs this")
		return
	}
	chosen := chosenMutants(only)
	if only == reachOnly { // a mutant with DDL only has no switch
		switches := mutantSwitches(t)
		chosen = slices.DeleteFunc(chosen, func(m storeMutant) bool { return switches[m.name] == "" })
	}
	require.NotEmpty(t, chosen, "no mutant's name contains %q", only)
	r := newMutantRunner(t, chosen)
	faults := r.reach(chosen)
	if only == reachOnly {
		fmt.Printf("mutants: %d switches, %d faults\n", len(chosen), faults)
		require.Zero(t, faults)
		return
	}
	began := time.Now()
	undetected := r.each(chosen)
	fmt.Printf("mutants: %d of %d detected in %.0fs\n", len(chosen)-undetected, len(chosen), time.Since(began).Seconds())
	require.Zero(t, faults, "every test passes without a mutant and reaches its switches")
	require.Zero(t, undetected)
}
