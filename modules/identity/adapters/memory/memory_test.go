package memory_test

import (
	"testing"

	"coinslot/modules/identity/adapters/memory"
	"coinslot/modules/identity/ports/portstest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	portstest.Run(t, func(*testing.T) portstest.Fixture {
		store := memory.NewStore()
		return portstest.Fixture{
			Work: store, Directory: store, Attempts: store, Upkeep: store, Mailbox: store,
			Mails:  func() int { return len(store.Mails()) },
			Erased: func() int { return len(store.Erased()) },
		}
	})
}
