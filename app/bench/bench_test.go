//go:build bench

package bench_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"text/tabwriter"
	"time"

	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
)

const (
	quickVariable = "COINSLOT_TEST_BENCH_QUICK" // shorter rounds
	checkVariable = "COINSLOT_TEST_BENCH_CHECK" // fail when a goal is missed
	onlyVariable  = "COINSLOT_TEST_BENCH_ONLY"  // measure one part
	resultsFile   = "results.json"
	minRounds     = 5
	maxRounds     = 9
	noise         = 0.15 // variation of the machine's speed above which a round is noisy
)

// figure is one result with its goal. A ratio compares two rates that were measured alternately.
type figure struct {
	Name   string    `json:"name"`
	What   string    `json:"what"`
	Unit   string    `json:"unit"` // ratio, MiB, ms
	Value  float64   `json:"value"`
	Low    float64   `json:"low"`
	High   float64   `json:"high"`
	Rounds int       `json:"rounds"`
	Noisy  int       `json:"noisy"` // rounds during which other programs used the machine
	Goal   float64   `json:"goal,omitempty"`
	Most   bool      `json:"most,omitempty"` // the goal is an upper bound
	Ours   []float64 `json:"ours,omitempty"`
	Theirs []float64 `json:"theirs,omitempty"`
}

func (f figure) met() bool {
	switch {
	case f.Goal == 0:
		return true
	case f.Most:
		return f.Value <= f.Goal
	}
	return f.Value >= f.Goal
}

// bench is one run of the benchmark.
type bench struct {
	t       *testing.T
	folder  string
	figures []figure
	curve   []point
	round   time.Duration
	shared  *market
}

// market returns the market that the parts share.
func (b *bench) market() *market {
	if b.shared == nil {
		b.shared = b.newMarket()
	}
	return b.shared
}

// speed returns how many times this machine does a fixed computation in 20 ms, which shows the load of other programs.
func speed() float64 {
	began, n, x := time.Now(), 0, 1.0
	for time.Since(began) < 20*time.Millisecond {
		for range 1000 {
			x = math.Sqrt(x + 1)
		}
		n++
	}
	runtime.KeepAlive(x)
	return float64(n)
}

// compare measures two rates alternately, in rounds, and adds the median of their ratios. The functions return events
// per second. A round is split into pieces, so that other load on the machine affects both sides. A noisy round is
// repeated, up to maxRounds in total; the figure has the number of noisy rounds that count.
func (b *bench) compare(f figure, pieces int, ours, theirs func(d time.Duration) float64) {
	ours(b.round / 4) // warm up
	theirs(b.round / 4)
	var ratios []float64
	for spare := maxRounds - minRounds; len(ratios) < minRounds; {
		speeds := []float64{speed()}
		mine, other := 0.0, 0.0
		for range pieces {
			mine += ours(b.round/time.Duration(pieces)) / float64(pieces)
			speeds = append(speeds, speed())
			other += theirs(b.round/time.Duration(pieces)) / float64(pieces)
			speeds = append(speeds, speed())
		}
		noisy := slices.Max(speeds)/slices.Min(speeds) > 1+noise
		if noisy && spare > 0 {
			spare--
			continue
		}
		if noisy {
			f.Noisy++
		}
		ratios = append(ratios, mine/other)
		f.Ours, f.Theirs = append(f.Ours, math.Round(mine)), append(f.Theirs, math.Round(other))
	}
	slices.Sort(ratios)
	f.Unit, f.Rounds = "ratio", len(ratios)
	f.Value, f.Low, f.High = ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1]
	b.add(f)
}

// amount calls measure several times and adds the median.
func (b *bench) amount(f figure, measure func() float64) {
	var all []float64
	for range minRounds {
		all = append(all, measure())
	}
	slices.Sort(all)
	f.Value, f.Low, f.High, f.Rounds = all[len(all)/2], all[0], all[len(all)-1], len(all)
	b.add(f)
}

// single adds a value that was measured once.
func (b *bench) single(f figure) {
	f.Low, f.High, f.Rounds = f.Value, f.Value, 1
	b.add(f)
}

func (b *bench) add(f figure) {
	b.figures = append(b.figures, f)
	fmt.Printf("bench: %s %s: %.2f %s (%.2f to %.2f in %d rounds, %d of them noisy)\n", f.Name, f.What, f.Value, f.Unit,
		f.Low, f.High, f.Rounds, f.Noisy)
}

type part struct {
	name    string
	measure func()
}

func (b *bench) parts() []part {
	return []part{
		{"purchase", b.purchases},
		{"against", b.against},
		{"checkout", b.checkouts},
		{"reads", b.reads},
		{"lists", b.lists},
		{"adds", b.adds},
		{"process", b.process},
		{"idle", b.idle},
		{"disk", b.disk},
		{"logins", b.logins},
		{"overload", b.overload},
		{"crowd", b.crowd},
		{"senders", b.slowSenders},
		{"first-minute", b.firstMinute},
		{"growth", b.growth},
		{"operations", b.operations},
	}
}

// TestBench measures the store against the PostgreSQL, pgx and Echo that it is built on.
func TestBench(t *testing.T) {
	b := &bench{t: t, folder: pgtest.Folder(t), round: 5 * time.Second}
	b.database()
	if os.Getenv(quickVariable) != "" {
		b.round = 600 * time.Millisecond
	}
	for _, part := range b.parts() {
		if only := os.Getenv(onlyVariable); only == "" || only == part.name {
			began := time.Now()
			part.measure()
			fmt.Printf("bench: %s took %s\n", part.name, time.Since(began).Round(time.Second))
		}
	}
	b.report(previous(t))
	if os.Getenv(checkVariable) != "" {
		for _, f := range b.figures {
			require.True(t, f.met(), "%s misses its goal: %s is %.2f %s, and the goal is %.2f", f.Name, f.What,
				f.Value, f.Unit, f.Goal)
		}
	}
}

type results struct {
	Machine  string   `json:"machine"`
	Figures  []figure `json:"figures"`
	Overload []point  `json:"overload,omitempty"`
}

// previous returns the recorded run of the repository, or an empty one.
func previous(t *testing.T) (out results) {
	t.Helper()
	raw, err := os.ReadFile(resultsFile)
	if os.IsNotExist(err) {
		return out
	}
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &out))
	return out
}

func (f figure) verdict() string {
	sign := "≥"
	if f.Most {
		sign = "≤"
	}
	switch {
	case f.Goal == 0:
		return "no goal"
	case f.met():
		return fmt.Sprintf("%s %.2f: met", sign, f.Goal)
	}
	return fmt.Sprintf("%s %.2f: MISSED", sign, f.Goal)
}

// report prints the table and writes the results and the charts.
func (b *bench) report(before results) {
	b.t.Helper()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "figure\twhat\tvalue\trange\tgoal\tlast recorded")
	for _, f := range b.figures {
		last := "-"
		if i := slices.IndexFunc(before.Figures,
			func(o figure) bool { return o.Name == f.Name && o.What == f.What }); i >= 0 {
			last = fmt.Sprintf("%.2f", before.Figures[i].Value)
		}
		fmt.Fprintf(table, "%s\t%s\t%.2f %s\t%.2f to %.2f\t%s\t%s\n", f.Name, f.What, f.Value, f.Unit, f.Low,
			f.High, f.verdict(), last)
	}
	require.NoError(b.t, table.Flush())
	if os.Getenv(quickVariable)+os.Getenv(onlyVariable) != "" {
		fmt.Println("bench: a quick or partial run is not recorded")
		return
	}
	raw, err := json.MarshalIndent(results{
		fmt.Sprintf("%d cores, %s", runtime.NumCPU(), runtime.GOARCH),
		b.figures, b.curve,
	}, "", "  ")
	require.NoError(b.t, err)
	require.NoError(b.t, os.MkdirAll(filepath.Dir(resultsFile), 0o755))
	for path, content := range map[string]string{
		resultsFile: string(raw) + "\n", "chart.svg": chart(b.figures), "overload.svg": curve(b.curve),
	} {
		require.NoError(b.t, os.WriteFile(path, []byte(content), 0o644))
	}
}
