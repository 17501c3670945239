package postgres_test

import (
	"testing"

	"coinslot/modules/billing/adapters/postgres"
	"coinslot/modules/billing/ports/portstest"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestContract(t *testing.T) {
	t.Parallel()
	portstest.Run(t, func(t *testing.T) portstest.Fixture {
		d := storetest.Open(t)
		storetest.CreateNews(t, d)
		return portstest.Fixture{
			Work: postgres.NewUnitOfWork(d.DB, storetest.News{}), Books: postgres.NewBooks(d.DB),
			Backlog: postgres.NewBacklog(d.DB),
			Papers:  postgres.NewPapers(d.DB), Archive: postgres.NewArchive(d.DB), Journal: postgres.NewJournal(d.DB),
			News: func() int { return storetest.CountNews(t, d) },
		}
	})
}
