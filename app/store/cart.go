package store

import (
	"coinslot/app/store/probe"
	"coinslot/modules/cart"
	"coinslot/modules/cart/adapters/postgres"
	"coinslot/modules/cart/adapters/rest"
	"coinslot/modules/cart/service"
	"coinslot/modules/catalog"
	"coinslot/modules/library"
	"coinslot/platform/money"

	"go.uber.org/fx"
)

func cartModule() fx.Option {
	return fx.Module("cart",
		fx.Provide(fx.Annotate(newCart, fx.As(fx.Self()), fx.As(new(cart.Carts)))),
		fx.Invoke(rest.Register, rest.RegisterMerge),
	)
}

// newCart needs no bridges: the interfaces of catalog and library satisfy the ports of cart.
func newCart(b base, quotes catalog.Quotes, library library.Library) *service.Service {
	return service.New(service.Deps{
		Work:     postgres.NewUnitOfWork(b.DB),
		Finder:   postgres.NewFinder(b.DB),
		Lines:    probe.CartLines(postgres.NewLines(b.DB), b.Rig),
		Catalog:  quotes,
		Library:  library,
		Clock:    b.Clock,
		IDs:      b.IDs,
		Currency: money.Currency(b.Config.Store.Currency),
		Together: b.DB.Together,
	})
}
