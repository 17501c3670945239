package memory_test

import (
	"testing"

	"coinslot/modules/catalog/adapters/memory"
	"coinslot/modules/catalog/ports/portstest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	portstest.Run(t, func(*testing.T) portstest.Fixture {
		store := memory.NewStore()
		return portstest.Fixture{Work: store, Products: store, Search: store}
	})
}
