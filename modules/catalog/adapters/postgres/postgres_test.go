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

func TestContract(t *testing.T) {
	t.Parallel()
	portstest.Run(t, func(t *testing.T) portstest.Fixture {
		d := storetest.Open(t)
		return portstest.Fixture{Work: postgres.NewUnitOfWork(d.DB, func() {}), Shelf: postgres.NewShelf(d.DB)}
	})
}

func TestWhoRemembersHearsOfEveryTransactionOnceItHasEnded(t *testing.T) {
	t.Parallel()
	d := storetest.Open(t)
	heard, errFails := 0, errors.New("fails")
	work := postgres.NewUnitOfWork(d.DB, func() { heard++ })
	for n, err := range []error{nil, errFails} { // nobody can say of every failure that nothing was written
		require.ErrorIs(t, work.Do(t.Context(), func(context.Context, ports.Stores) error {
			require.Equal(t, n, heard, "not before it has ended")
			return err
		}), err)
		require.Equal(t, n+1, heard)
	}
}
