package postgres_test

import (
	"testing"

	"coinslot/modules/library/adapters/postgres"
	"coinslot/modules/library/ports/portstest"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestContract(t *testing.T) {
	t.Parallel()
	portstest.Run(t, func(t *testing.T) portstest.Fixture {
		d := storetest.Open(t)
		return portstest.Fixture{
			Work: postgres.NewUnitOfWork(d.DB), Grants: postgres.NewGrants(d.DB), Finder: postgres.NewFinder(d.DB),
		}
	})
}
