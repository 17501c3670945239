//go:build bench && !failpoints

package probe

import (
	"coinslot/modules/billing/adapters/memory"
	"coinslot/modules/billing/ports"
)

// Provider returns a payment provider in memory, so that benchmarks measure the store without its provider.
func Provider(ports.PaymentProvider, Rig) ports.PaymentProvider { return memory.NewProvider() }
