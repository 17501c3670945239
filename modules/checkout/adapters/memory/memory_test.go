package memory_test

import (
	"testing"

	"coinslot/modules/checkout/adapters/memory"
	"coinslot/modules/checkout/ports/portstest"
)

func TestRegistryContract(t *testing.T) {
	t.Parallel()
	portstest.RunRegistry(t, func(*testing.T) portstest.Registry {
		return portstest.Registry{VATRegistry: memory.Registry{"a": true, "b": false}, Assigned: "a", Free: "b", Silent: "c"}
	})
}

func TestContract(t *testing.T) {
	t.Parallel()
	portstest.Run(t, func(*testing.T) portstest.Fixture {
		store := memory.NewStore()
		return portstest.Fixture{Orders: store, Finder: store, Reviews: store}
	})
}
