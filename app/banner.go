package main

import (
	"fmt"
	"io"
	"net/url"
	"text/tabwriter"

	"coinslot/platform/datadir"
)

// banner tells where everything is.
func banner(w io.Writer, e *environment, run datadir.Run) {
	fmt.Fprintln(w, "\n  Coinslot is ready.")
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	row := func(name, value string) { fmt.Fprintf(table, "  %s\t%s\n", name, value) }
	row("API", run.URL+"/v1")
	row("API page", run.URL+"/docs")
	row("OpenAPI", run.URL+"/openapi.json")
	row("Metrics", run.AdminURL+"/metrics")
	row("Mockpay", run.MockpayURL)
	row("Database", withoutPassword(run.DatabaseURL))
	row("Data folder", e.dir.Path())
	if e.cfg.Secrets.Generate {
		for _, a := range sampleAccounts {
			row("Sign in as "+a.role, a.handle+" / "+samplePassword)
		}
		row("Try it", "make demo")
	}
	row("Check it", "go run ./app verify")
	row("Stop it", "Ctrl-C")
	table.Flush() //nolint:errcheck // a terminal that is gone needs no banner
	fmt.Fprintln(w)
}

func withoutPassword(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return "?"
	}
	return u.Redacted()
}
