package postgres

import (
	"strings"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
)

// The conditions on an order's status, from the domain's sets.
var (
	unfinished = statusIn("status", domain.Unfinished)
	cancelable = statusIn("status", domain.Cancelable)
)

// statusIn renders a condition with literals: the planner uses a partial index only if it can prove the index's
// condition when it plans, and it cannot prove that of a parameter.
func statusIn(column string, statuses []checkout.Status) string {
	literals := make([]string, len(statuses))
	for i, s := range statuses {
		literals[i] = "'" + strings.ReplaceAll(string(s), "'", "''") + "'"
	}
	return column + " IN (" + strings.Join(literals, ", ") + ")"
}
