package postgres_test

import (
	"regexp"
	"testing"

	"coinslot/modules/billing/adapters/postgres"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports/portstest"
	platform "coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestContract(t *testing.T) {
	t.Parallel()
	portstest.Run(t, func(t *testing.T) portstest.Fixture {
		d := storetest.Open(t)
		storetest.CreateEvents(t, d)
		storetest.AllowPastEntries(t, d)
		return portstest.Fixture{
			Work: postgres.NewUnitOfWork(d.DB, storetest.Events{}), Reader: postgres.NewPaymentReader(d.DB),
			Charges: postgres.NewCharges(d.DB), Backlog: postgres.NewBacklog(d.DB),
			Documents: postgres.NewDocuments(d.DB), Archive: postgres.NewArchive(d.DB), Journal: postgres.NewJournal(d.DB),
			Taxes:     postgres.NewTaxReports(d.DB),
			Movements: postgres.NewMovements(d.DB),
			Exports:   postgres.NewExports(d.DB),
			Events:    func() int { return storetest.CountEvents(t, d) },
		}
	})
}

// The schema's checks allow exactly the statuses of the transition tables.
func TestSchema_StatusChecks_MatchTransitions(t *testing.T) {
	t.Parallel()
	d := storetest.Open(t)
	requireChecked(t, d.DB, "payments_status_check", domain.PaymentTransitions.States())
	requireChecked(t, d.DB, "refunds_status_check", domain.RefundTransitions.States())
	requireChecked(t, d.DB, "disputes_status_check", domain.DisputeTransitions.States())
	requireChecked(t, d.DB, "document_exports_status_check", domain.ExportTransitions.States())
	requireChecked(t, d.DB, "payouts_status_check", domain.PayoutTransitions.States())
	requireChecked(t, d.DB, "manual_entries_status_check", domain.ManualTransitions.States())
	requireChecked(t, d.DB, "journal_entries_source_type_check", domain.Sources())
	var accounts []domain.Account
	for _, h := range domain.Chart() {
		accounts = append(accounts, h.Account)
	}
	requireChecked(t, d.DB, "journal_postings_account_check", accounts)
}

var literal = regexp.MustCompile(`'([a-z_]+)'`)

func requireChecked[S ~string](t *testing.T, db *platform.DB, constraint string, want []S) {
	t.Helper()
	row, found, err := platform.One[struct{ Definition string }](t.Context(), db,
		`SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conname = $1`, constraint)
	require.NoError(t, err)
	require.True(t, found, constraint)
	var got []S
	for _, m := range literal.FindAllStringSubmatch(row.Definition, -1) {
		got = append(got, S(m[1]))
	}
	require.ElementsMatch(t, want, got, constraint)
}
