package postgres

import (
	"strings"

	"coinslot/modules/billing/domain"
)

// The parts of statements that list statuses, made once of the domain's sets. They are text and no parameters, because
// the planner estimates from literals how many rows they leave, and matches a partial index by them alone.
var (
	refundsOut        = literals(domain.RefundsOut())
	disputesOut       = literals(domain.DisputesOut())
	disputePrecedence = literals(domain.DisputePrecedence())
)

// literals lists statuses as SQL: 'won', 'lost'. They are constants of the domain, never input.
func literals[S ~string](statuses []S) string {
	out := make([]string, len(statuses))
	for i, s := range statuses {
		out[i] = "'" + string(s) + "'"
	}
	return strings.Join(out, ", ")
}

// returned is the sum of the refunds, but for failed ones, of the payment of an alias.
func refunded(p string) string {
	return `(SELECT coalesce(sum(r.amount), 0)::bigint FROM billing.refunds r
		WHERE r.payment_id = ` + p + `.id AND r.status IN (` + refundsOut + `))`
}

// out is domain.Out in SQL, for the payment of an alias.
func out(p string) string {
	return refunded(p) + ` + (SELECT coalesce(sum(x.amount), 0)::bigint FROM billing.disputes x
		WHERE x.payment_id = ` + p + `.id AND x.status IN (` + disputesOut + `))`
}
