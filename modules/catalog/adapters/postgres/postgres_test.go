package postgres_test

import (
	"context"
	"errors"
	"testing"

	"coinslot/modules/catalog/adapters/postgres"
	"coinslot/modules/catalog/ports"
	"coinslot/modules/catalog/ports/portstest"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// everything is what the search can do where the server has every extension.
var everything = portstest.Features{Folds: true, Transliterates: true, Similar: true, Collates: true}

func fixture(d *pgtest.Database, features portstest.Features) portstest.Fixture {
	return portstest.Fixture{
		Work: postgres.NewUnitOfWork(d.DB, func() {}), Products: postgres.NewProductRepository(d.DB),
		Search: postgres.NewSearch(d.DB), Features: features,
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	portstest.Run(t, func(t *testing.T) portstest.Fixture { return fixture(storetest.Open(t), everything) })
}

func TestUnitOfWork_TransactionEnded_CallsWritten(t *testing.T) {
	t.Parallel()
	d := storetest.Open(t)
	calls, errFails := 0, errors.New("fails")
	work := postgres.NewUnitOfWork(d.DB, func() { calls++ })
	for n, err := range []error{nil, errFails} { // a failed commit may have written all the same
		require.ErrorIs(t, work.Do(t.Context(), func(context.Context, ports.Stores) error {
			require.Equal(t, n, calls, "not before it has ended")
			return err
		}), err)
		require.Equal(t, n+1, calls)
	}
}
