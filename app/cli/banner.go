package cli

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"

	"coinslot/app/samples"
	"coinslot/app/store"
	"coinslot/modules/identity"
	"coinslot/platform/datadir"
)

// banner prints the addresses of the running store and the demo accounts.
func banner(w io.Writer, e *environment, run datadir.Run, demo []identity.Account) {
	fmt.Fprintln(w, "\n  Coinslot is ready.")
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	row := func(name, value string) { fmt.Fprintf(table, "  %s\t%s\n", name, value) }
	address := strings.TrimRight(cmp.Or(e.cfg.HTTP.PublicURL, run.URL), "/")
	row("API", address+"/v1")
	row("API page", address+"/docs")
	row("OpenAPI", address+"/openapi.json")
	row("Metrics", run.AdminURL+"/metrics")
	if run.MockpayURL != "" {
		row("Mockpay", strings.TrimRight(cmp.Or(e.cfg.Mockpay.PublicURL, run.MockpayURL), "/"))
		row("Mockpay's API key", e.shownKey())
	}
	if run.InboxURL != "" {
		row("Inbox", run.InboxURL)
	}
	row("Database", withoutPassword(run.DatabaseURL))
	row("Data folder", e.dir.Path())
	for _, a := range demo {
		role := identity.RoleCustomer
		if slices.Contains(a.Roles, identity.RoleStaff) {
			role = identity.RoleStaff
		}
		row("Sign in as "+role, a.Handle+" / "+samples.Password)
	}
	if e.cfg.Profile == store.Local {
		row("Try it", "make demo")
	}
	row("Check it", "bin/coinslot verify")
	row("Stop it", "Ctrl-C")
	table.Flush() //nolint:errcheck // standard output may be closed
	fmt.Fprintln(w)
}

// shownKey returns mockpay's API key if it is the published test key, otherwise the file that contains it.
func (e *environment) shownKey() string {
	if e.cfg.Payments.APIKey == store.MockpayTestKey {
		return store.MockpayTestKey
	}
	return "mockpay_key in " + e.dir.Path("run.json")
}

func withoutPassword(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return "?"
	}
	return u.Redacted()
}
