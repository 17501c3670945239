package memory_test

import (
	"testing"

	"coinslot/modules/checkout/adapters/memory"
	"coinslot/modules/checkout/ports/portstest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	portstest.Run(t, func(*testing.T) portstest.Fixture {
		store := memory.NewStore()
		return portstest.Fixture{Orders: store, Finder: store, Reviews: store}
	})
}
