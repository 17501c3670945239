//go:build bench && !failpoints

package probe

import (
	"coinslot/modules/billing/adapters/memory"
	"coinslot/modules/billing/ports"

	"go.uber.org/fx"
)

// Of gives a store that is built with the tag bench a payment provider in memory, so that what is measured is the
// store and not its provider.
func Of(module string) fx.Option {
	if module != "billing" {
		return fx.Options()
	}
	return fx.Decorate(func(ports.PaymentProvider) ports.PaymentProvider { return memory.NewProvider() })
}
