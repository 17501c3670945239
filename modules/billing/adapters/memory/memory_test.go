package memory_test

import (
	"testing"

	"coinslot/modules/billing/adapters/memory"
	"coinslot/modules/billing/ports"
	"coinslot/modules/billing/ports/portstest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	portstest.Run(t, func(*testing.T) portstest.Fixture {
		store := memory.NewStore()
		return portstest.Fixture{
			Work: store, Reader: store, Charges: store, Backlog: store.Backlog(), Documents: store, Archive: store,
			Journal: store.Journal(), Taxes: store.TaxReports(), Exports: store.Exports(), Movements: store,
			Events: func() int { return len(store.Events()) + len(store.RequestedExports()) },
		}
	})
}

func TestProviderContract(t *testing.T) {
	t.Parallel()
	portstest.RunProvider(t, func(*testing.T) ports.PaymentProvider { return memory.NewProvider() })
}

func TestRecordsContract(t *testing.T) {
	t.Parallel()
	portstest.RunRecords(t, func(*testing.T) portstest.RecordedProvider { return memory.NewProvider() })
}
