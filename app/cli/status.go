package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"text/tabwriter"
	"time"

	"coinslot/app/status"
	"coinslot/app/store"
	"coinslot/platform/datadir"
	"coinslot/platform/money"
	"coinslot/platform/postgres"
)

type statusCmd struct{}

// Run prints the state of the store. It changes nothing.
func (statusCmd) Run(c *cli) error {
	ctx := context.Background()
	cfg, _, done, err := c.databases(ctx, (*environment).checkDatabase)
	if err != nil {
		return err
	}
	db, err := postgres.Open(cfg.Database)
	if err != nil {
		return errors.Join(err, done())
	}
	state, err := status.Read(ctx, db, cfg.Sweeper.Patience)
	if err == nil {
		fmt.Printf("coinslot %s at %s\n", store.Version(), state.Now.Format(time.RFC3339))
		err = printStatus(os.Stdout, append([]line{c.serving(ctx, cfg)}, lines(state)...))
	}
	return errors.Join(err, db.Close(), done())
}

// line is a line of the status. One that needs attention says what to do next.
type line struct {
	attention bool
	what      string
	detail    string
	next      string
}

func printStatus(out io.Writer, all []line) error {
	table, attention := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0), 0
	for _, l := range all {
		mark, next := "ok", ""
		if l.attention {
			attention++
			mark, next = "ATTENTION", l.next
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", mark, l.what, l.detail, next)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d of %d need attention\n", attention, len(all))
	return nil
}

const probeTimeout = 2 * time.Second

// serving says whether the store of the data folder, or that of http.public_url, is ready.
func (c *cli) serving(ctx context.Context, cfg store.Config) line {
	l := line{what: "store", next: "see its log; coinslot serve starts it"}
	url := cfg.HTTP.PublicURL
	if dir, err := datadir.Resolve(cfg.Data.Dir); err == nil {
		if run, err := dir.ReadRun(); err == nil && Alive(run.URL) {
			url = run.URL
		}
	}
	if url == "" {
		l.detail = "no store runs with this data folder"
		return l
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
	if err != nil {
		l.attention, l.detail = true, err.Error()
		return l
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		l.attention, l.detail = true, "does not answer at "+url
		return l
	}
	defer response.Body.Close()
	l.attention, l.detail = response.StatusCode != http.StatusOK, fmt.Sprintf("/readyz is %d at %s",
		response.StatusCode, url)
	return l
}

// The ages at which a backlog needs attention, in seconds. The alerts have the same ones.
const (
	unknownFor = 900
	stalledFor = 120
	delayedFor = 300
	checkedAgo = 3 * 3600
)

func lines(s status.State) []line {
	out := reviewLines(s.Reviews)
	for _, b := range []struct {
		what    string
		backlog status.Backlog
		limit   float64
		next    string
	}{
		{"payments with an unknown outcome", s.Unknown, unknownFor, "is the provider reachable? see its calls in the log"},
		{"stalled orders", s.Stalled, stalledFor, "does the sweeper run? see its warnings in the log"},
		{"due refunds, polls and webhooks", s.Due, delayedFor, "does the sweeper run? see its warnings in the log"},
		{"documents without a number", s.Unnumbered, delayedFor, "see the warnings of numbering in the log"},
		{"journal entries without a seal", s.Unsealed, delayedFor, "see the warnings of sealing in the log"},
	} {
		out = append(out, line{
			attention: b.backlog.Items > 0 && b.backlog.Age > b.limit, what: b.what, next: b.next,
			detail: counted(b.backlog.Items, b.backlog.Age),
		})
	}
	return append(append(out, jobLines(s.Jobs)...), checkLines(s.Checks)...)
}

func counted(n int64, age float64) string {
	if n == 0 {
		return "none"
	}
	more := ""
	if n >= status.Most {
		more = " or more"
	}
	return fmt.Sprintf("%d%s, the oldest for %s", n, more, time.Duration(age*float64(time.Second)).Round(time.Second))
}

func reviewLines(reviews []status.Review) (out []line) {
	const what = "orders in manual review"
	for _, r := range reviews {
		out = append(out, line{
			attention: true, what: what, next: "coinslot orders review",
			detail: fmt.Sprintf("%s, %s: %s", counted(r.Orders, r.Age), r.Reason,
				money.Of(r.Amount, money.Currency(r.Currency))),
		})
	}
	if len(out) == 0 {
		out = []line{{what: what, detail: "none"}}
	}
	return out
}

func jobLines(all []status.Jobs) (out []line) {
	const what = "jobs"
	for _, j := range all {
		failed := j.State == "retryable" || j.State == "discarded"
		out = append(out, line{
			attention: failed || (j.State == "available" && j.Age > delayedFor), what: what,
			detail: fmt.Sprintf("%s %s: %s", j.Kind, j.State, counted(j.Jobs, j.Age)), next: "coinslot jobs list",
		})
	}
	if len(out) == 0 {
		out = []line{{what: what, detail: "none wait and none have failed"}}
	}
	return out
}

func checkLines(checks []status.Check) (out []line) {
	for _, name := range []string{"verify", "reconcile"} {
		l := line{what: name, detail: "has not run yet", next: "coinslot " + name}
		for _, c := range checks {
			if c.Name != name {
				continue
			}
			l.attention = c.Findings+c.Unchecked+c.Failed > 0 || (name == "verify" && c.Age > checkedAgo)
			l.detail = fmt.Sprintf("%d findings, %d not checked in time, %s; last run %s ago", c.Findings, c.Unchecked,
				cmp.Or(c.Failure, "no failure"), time.Duration(c.Age*float64(time.Second)).Round(time.Second))
		}
		out = append(out, l)
	}
	return out
}
