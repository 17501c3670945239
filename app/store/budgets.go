package store

import (
	"fmt"
	"time"

	"coinslot/platform/config"
	"coinslot/platform/fault"
)

// budgets checks what sections must leave one another.
type budgets struct{ Config }

type namedDuration struct {
	key   string
	value time.Duration
}

// Validate checks that each time-out leaves room for those inside it: a caller that times out first abandons work that
// is still running.
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
			{"half of payments.timeout, for each of two tries", provider.value / 2},
			{"payments.connect_timeout", b.Payments.ConnectTimeout},
		},
	} {
		nested(&v, chain)
	}
	if half := max(b.HTTP.InFlight/2, 1); b.Payments.Slots < 1 || b.Payments.Slots > half {
		v.Add("payments.slots", b.Payments.Slots,
			fmt.Sprintf("write a number from 1 to %d, which is half of http.in_flight: "+
				"the other half is for calls that need no provider", half))
	}
	return v
}

// nested checks that each time-out is at most four fifths of the one before it.
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
