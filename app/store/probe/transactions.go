//go:build failpoints

package probe

import (
	"context"

	"coinslot/modules/billing/ports"

	libraryports "coinslot/modules/library/ports"
)

type probedBillingWork struct {
	inner ports.UnitOfWork
	hook  Hook
}

// BillingWork adds failpoints to billing's transactions.
func BillingWork(p ports.UnitOfWork, r Rig) ports.UnitOfWork { return probedBillingWork{p, r.Hook} }

// Do runs a transaction.
func (p probedBillingWork) Do(ctx context.Context, fn func(context.Context, ports.Stores) error) error {
	return work(ctx, p.hook, "billing.UnitOfWork.Do", p.inner.Do, fn)
}

type probedLibraryWork struct {
	inner libraryports.UnitOfWork
	hook  Hook
}

// LibraryWork adds failpoints to the library's transactions.
func LibraryWork(p libraryports.UnitOfWork, r Rig) libraryports.UnitOfWork {
	return probedLibraryWork{p, r.Hook}
}

// Do runs a transaction.
func (p probedLibraryWork) Do(ctx context.Context, fn func(context.Context, libraryports.Entitlements) error) error {
	return work(ctx, p.hook, "library.UnitOfWork.Do", p.inner.Do, fn)
}
