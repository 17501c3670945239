package postgres

import (
	"strings"

	"coinslot/modules/billing/domain"
)

// The lists of statuses in statements, made of the domain's sets. They are literals, because the planner estimates rows
// from literals, and matches a partial index by literals only.
var (
	refundsOut        = literals(domain.RefundsOut())
	disputesOut       = literals(domain.DisputesOut())
	disputePrecedence = literals(domain.DisputePrecedence())
)

// literals formats statuses as SQL: 'won', 'lost'. They are constants, never input.
func literals[S ~string](statuses []S) string {
	out := make([]string, len(statuses))
	for i, s := range statuses {
		out[i] = "'" + string(s) + "'"
	}
	return strings.Join(out, ", ")
}

// refunded is the sum of the refunds that have not failed, for the payment with an alias.
func refunded(p string) string {
	return `(SELECT coalesce(sum(r.amount), 0)::bigint FROM billing.refunds r
		WHERE r.payment_id = ` + p + `.id AND r.status IN (` + refundsOut + `))`
}

// out is domain.Out in SQL, for the payment with an alias.
func out(p string) string {
	return refunded(p) + ` + (SELECT coalesce(sum(x.amount), 0)::bigint FROM billing.disputes x
		WHERE x.payment_id = ` + p + `.id AND x.status IN (` + disputesOut + `))`
}
