package memory_test

import (
	"testing"

	"coinslot/modules/library/adapters/memory"
	"coinslot/modules/library/ports/portstest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	portstest.Run(t, func(*testing.T) portstest.Fixture {
		store := memory.NewStore()
		return portstest.Fixture{Work: store, Grants: store, Finder: store}
	})
}
