package mutants_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"coinslot/platform/mutant"

	"github.com/stretchr/testify/require"
)

const (
	projectRoot     = "../../.."
	parallelMutants = 2
	reachSeeds      = "3000"  // simulation seeds without a mutant
	mutantSeeds     = "20000" // simulation seeds with a mutant; the first violation ends the run
	postgresSeeds   = "3000"  // the same on PostgreSQL, which is slower
	proofTimeout    = 15 * time.Minute
)

// mutantRunner compiles each package of tests once and runs it with each mutant.
type mutantRunner struct {
	t        *testing.T
	dir      string
	binaries map[proof]string
	reached  map[proof]string // names of the reached switches, one per line
	output   sync.Mutex
}

func newMutantRunner(t *testing.T, chosen []storeMutant) *mutantRunner {
	t.Helper()
	r := &mutantRunner{t: t, dir: t.TempDir(), binaries: map[proof]string{}, reached: map[proof]string{}}
	packages := map[string]string{}
	for _, m := range chosen {
		pkg := m.proof.pkg
		if packages[pkg] == "" {
			packages[pkg] = filepath.Join(r.dir, strings.ReplaceAll(strings.TrimPrefix(pkg, "./"), "/", "-"))
			cmd := exec.CommandContext(t.Context(), "go", "test", "-c", "-tags", "failpoints mutants", "-o", packages[pkg], pkg)
			cmd.Dir = projectRoot
			if out, err := cmd.CombinedOutput(); err != nil {
				r.say("DOES NOT COMPILE", 0, pkg+"\n"+string(out))
			}
		}
		r.binaries[m.proof] = packages[pkg]
	}
	return r
}

// say prints a result.
func (r *mutantRunner) say(verdict string, took time.Duration, what string) {
	r.output.Lock()
	defer r.output.Unlock()
	fmt.Printf("%-12s %6.1fs  %s\n", verdict, took.Seconds(), what)
}

// reach runs every proof without a mutant, and returns the number of failed proofs and of switches not reached.
func (r *mutantRunner) reach(chosen []storeMutant) (faults int) {
	for p := range r.binaries {
		path := filepath.Join(r.dir, "reached-"+strings.Join(strings.FieldsFunc(p.String(), notWord), "-"))
		began := time.Now()
		out, err := r.run(p, "COINSLOT_TEST_SEEDS="+reachSeeds, mutant.ReachedVariable+"="+path)
		if err != nil {
			faults++
			r.say("RED", time.Since(began), p.String()+" without a mutant\n"+lastLines(out))
			continue
		}
		r.say("green", time.Since(began), p.String()+" without a mutant")
		names, err := os.ReadFile(path)
		if !errors.Is(err, os.ErrNotExist) {
			require.NoError(r.t, err)
		}
		r.reached[p] = "\n" + string(names)
	}
	switches := mutantSwitches(r.t)
	for _, m := range chosen {
		names, green := r.reached[m.proof]
		if _, switched := switches[m.name]; switched && green && !strings.Contains(names, "\n"+m.name+"\n") {
			faults++
			r.say("NOT REACHED", 0, m.name+"  "+m.proof.String())
		}
	}
	return faults
}

func notWord(r rune) bool {
	return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", r)
}

// each runs the proof of every mutant, and returns the number of undetected mutants.
func (r *mutantRunner) each(chosen []storeMutant) (undetected int) {
	var group sync.WaitGroup
	var mu sync.Mutex
	next := make(chan storeMutant)
	for range parallelMutants {
		group.Go(func() {
			for m := range next {
				if !r.detected(m) {
					mu.Lock()
					undetected++
					mu.Unlock()
				}
			}
		})
	}
	for _, m := range chosen {
		next <- m
	}
	close(next)
	group.Wait()
	return undetected
}

func (r *mutantRunner) detected(m storeMutant) bool {
	began := time.Now()
	if _, green := r.reached[m.proof]; !green {
		r.say("PROOF RED", 0, m.name+"  "+m.proof.String())
		return false
	}
	env := []string{
		"COINSLOT_TEST_SEEDS=" + mutantSeeds, mutant.ChosenVariable + "=" + m.name,
		mutant.DDLVariable + "=" + m.ddl,
	}
	if m.proof == bySimulationOnPostgres {
		env = append(env, "COINSLOT_TEST_SIMULATE_DB=1", "COINSLOT_TEST_SEEDS="+postgresSeeds)
	}
	out, err := r.run(m.proof, env...)
	verdict, red := judge(out, err)
	what := m.name + "  " + m.proof.String()
	if verdict == proofUnclear {
		what += "\n" + lastLines(out)
	}
	r.say(verdict, time.Since(began), what)
	return red
}

const (
	proofDetected = "detected"
	proofSurvived = "SURVIVED"
	proofUnclear  = "UNCLEAR"
)

// judge distinguishes a failed test from a proof that did not run or timed out.
func judge(out string, err error) (verdict string, red bool) {
	switch {
	case err == nil:
		return proofSurvived, false
	case strings.Contains(out, "panic: test timed out") || strings.Contains(out, "panic: mutant "):
		return proofUnclear, false
	case strings.Contains(out, "--- FAIL") || strings.Contains(out, "panic: "):
		return proofDetected, true
	}
	return proofUnclear, false
}

// run runs a proof in the directory of its package, as go test does.
func (r *mutantRunner) run(p proof, env ...string) (string, error) {
	ctx, cancel := context.WithTimeout(r.t.Context(), proofTimeout+time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.binaries[p], "-test.run", p.run, "-test.timeout", proofTimeout.String())
	cmd.Dir = filepath.Join(projectRoot, p.pkg)
	cmd.Env = append(withoutMutants(os.Environ()), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// withoutMutants removes the variables of this test and of the simulation's seeds.
func withoutMutants(env []string) (out []string) {
	for _, v := range env {
		if !strings.HasPrefix(v, mutantsVariable) && !strings.HasPrefix(v, "COINSLOT_TEST_SEED") {
			out = append(out, v)
		}
	}
	return out
}

func lastLines(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return "    " + strings.Join(lines[max(0, len(lines)-15):], "\n    ")
}
