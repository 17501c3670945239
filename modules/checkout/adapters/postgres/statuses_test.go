package postgres_test

import (
	"regexp"
	"testing"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/storetest"

	"github.com/stretchr/testify/require"

	database "coinslot/platform/postgres"
)

var literal = regexp.MustCompile(`'(\w+)'`)

// A migration is not made from the domain's sets: it is text that stays as it was released.
func TestSchema_NamesTheStatusesOfTheDomain(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t).DB
	for name, c := range map[string]struct {
		definition string
		want       []checkout.Status
	}{
		"the check allows the statuses of the transition table": {
			`SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = 'orders_status_check'
				AND conrelid = 'checkout.orders'::regclass`, domain.Transitions.States(),
		},
		"the partial index holds the unfinished orders": {
			`SELECT pg_get_indexdef('checkout.orders_unfinished'::regclass) AS text`, domain.Unfinished,
		},
	} {
		row, found, err := database.One[struct{ Text string }](t.Context(), db, c.definition)
		require.NoError(t, err)
		require.True(t, found, name)
		var got []checkout.Status
		for _, match := range literal.FindAllStringSubmatch(row.Text, -1) {
			got = append(got, checkout.Status(match[1]))
		}
		require.ElementsMatch(t, c.want, got, name)
	}
}
