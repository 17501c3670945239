package postgres_test

import (
	"testing"

	"coinslot/modules/identity/adapters/postgres"
	"coinslot/modules/identity/ports/portstest"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestContract(t *testing.T) {
	t.Parallel()
	portstest.Run(t, func(t *testing.T) portstest.Fixture {
		d := storetest.Open(t)
		storetest.CreateEvents(t, d)
		return portstest.Fixture{
			Work: postgres.NewUnitOfWork(d.DB, storetest.Events{}), Directory: postgres.NewDirectory(d.DB),
			Attempts: postgres.NewAttempts(d.DB), Upkeep: postgres.NewUpkeep(d.DB),
			Mailbox: postgres.NewMailbox(d.DB), Mails: func() int { return storetest.CountEvents(t, d) },
			Erased: func() int { return storetest.CountEvents(t, d) },
		}
	})
}
