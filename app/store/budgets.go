package store

import (
	"fmt"
	"time"

	"coinslot/platform/config"
	"coinslot/platform/fault"
)

// budgets validates keys against those of other sections.
type budgets struct{ Config }

type namedDuration struct {
	key   string
	value time.Duration
}

// Validate checks that each timeout is longer than those nested in it, so that the inner one expires first.
func (b budgets) Validate() []fault.Field {
	var v config.Violations
	write := namedDuration{"http.write_timeout", b.HTTP.WriteTimeout}
	drain := namedDuration{"http.drain_timeout", b.HTTP.DrainTimeout}
	read := namedDuration{"http.read_timeout", b.HTTP.ReadTimeout}
	handler := namedDuration{"http.handler_timeout", b.HTTP.HandlerTimeout}
	provider := namedDuration{"payments.timeout", b.Payments.Timeout}
	transaction := namedDuration{"database.transaction_timeout", b.Database.TransactionTimeout}
	for _, chain := range [][]namedDuration{
		{
			write, handler, provider, transaction,
			{"database.statement_timeout", b.Database.StatementTimeout},
			{"database.lock_timeout", b.Database.LockTimeout},
		},
		{transaction, {"database.acquire_timeout", b.Database.AcquireTimeout}},
		{handler, {"database.commit_timeout", b.Database.CommitTimeout}},
		{handler, {"database.connect_timeout", b.Database.ConnectTimeout}},
		{read, {"http.read_header_timeout", b.HTTP.ReadHeaderTimeout}},
		{drain, {"http.read_timeout + http.handler_timeout", read.value + handler.value}},
		{
			{"half of payments.timeout, for each of two attempts", provider.value / 2},
			{"payments.connect_timeout", b.Payments.ConnectTimeout},
		},
	} {
		nested(&v, chain)
	}
	if half := max(b.HTTP.InFlight/2, 1); b.Payments.Slots < 1 || b.Payments.Slots > half {
		v.Add("payments.slots", b.Payments.Slots,
			fmt.Sprintf("write a number from 1 to %d, which is half of http.in_flight: "+
				"the other half is for requests that do not call the provider", half))
	}
	return v
}

// nested checks that each timeout is at most four fifths of the preceding one.
func nested(v *config.Violations, chain []namedDuration) {
	for i, inner := range chain {
		v.Duration(inner.key, inner.value)
		if i == 0 {
			continue
		}
		if outer := chain[i-1]; inner.value > outer.value*4/5 {
			v.Add(inner.key, inner.value, fmt.Sprintf("it must be at most four fifths of %s (%s)", outer.key, outer.value))
		}
	}
}
