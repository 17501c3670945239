package store

import (
	"fmt"
	"slices"
	"time"

	"coinslot/app/store/probe"
	"coinslot/modules/billing"
	"coinslot/modules/cart"
	"coinslot/modules/catalog"
	"coinslot/modules/checkout/adapters/postgres"
	"coinslot/modules/checkout/adapters/rest"
	"coinslot/modules/checkout/adapters/taxes"
	"coinslot/modules/checkout/adapters/vies"
	"coinslot/modules/checkout/ports"
	"coinslot/modules/checkout/service"
	"coinslot/modules/identity"
	"coinslot/modules/library"

	"go.uber.org/fx"

	billingbridge "coinslot/modules/checkout/adapters/billing"
	cartbridge "coinslot/modules/checkout/adapters/cart"
	identitybridge "coinslot/modules/checkout/adapters/identity"
	librarybridge "coinslot/modules/checkout/adapters/library"
)

func checkoutModule() fx.Option {
	return fx.Module("checkout",
		fx.Provide(newCheckoutMailer, newCheckout),
		fx.Invoke(rest.Register),
	)
}

func newCheckout(b base, carts cart.Carts, quotes catalog.Quotes, library library.Library, accounts identity.Accounts,
	billing billing.Billing, documents billing.DocumentFiles, mailer ports.Mailer,
) (*service.Service, error) {
	limits, err := checkoutLimits(b.Config)
	if err != nil {
		return nil, err
	}
	taxes, err := taxes.New(b.Config.Taxes, taxSellers(b.Config))
	if err != nil {
		return nil, err
	}
	return service.New(service.Deps{
		Orders:   probe.Orders(b.Meters.orders(postgres.NewOrders(b.DB)), b.Rig),
		Finder:   probe.OrderFinder(postgres.NewFinder(b.DB), b.Rig),
		Reviews:  postgres.NewReviews(b.DB),
		Carts:    probe.Carts(cartbridge.NewCarts(carts), b.Rig),
		Catalog:  probe.Catalog(quotes, b.Rig),
		Library:  probe.Library(librarybridge.NewLibrary(library), b.Rig),
		Buyers:   probe.Buyers(identitybridge.NewBuyers(accounts), b.Rig),
		Payments: probe.Payments(billingbridge.NewPayments(billing), b.Rig),
		Refunds:  probe.Refunds(billingbridge.NewRefunds(billing), b.Rig),
		Taxes:    taxes,
		Registry: newRegistry(b.Config.Taxes.VIES),
		Clock:    b.Clock,
		IDs:      b.IDs,
		Log:      b.Log,
		InReview: b.Meters.review,
		Limits:   limits,

		Documents: documents, Mailer: mailer, Together: b.DB.Together,
	}), nil
}

func taxSellers(cfg Config) taxes.Sellers {
	all := sellers(cfg.Store)
	return func(country string) taxes.Seller {
		seller := all.For(country)
		return taxes.Seller{Country: seller.Country, Zone: seller.Local(time.Time{}).Location()}
	}
}

// newRegistry returns the registry of VAT IDs; nil: none is configured.
func newRegistry(cfg taxes.VIESConfig) ports.VATRegistry {
	if cfg.URL == "" {
		return nil
	}
	return vies.New(cfg.URL, cfg.Timeout)
}

// Untaxed returns the countries that the configuration names as buyers', sellers' or branches' and that have no tax
// rate. Nothing is returned when no sale is taxed.
func Untaxed(cfg Config) []string {
	if cfg.Taxes.Mode == "none" {
		return nil
	}
	table, err := taxes.NewTable(cfg.Taxes, taxSellers(cfg))
	if err != nil {
		return nil // the store does not start
	}
	named := []string{cfg.Store.Country, cfg.Store.Seller.Country}
	for _, branch := range cfg.Store.Branches {
		named = append(append(named, branch.Country), branch.SellsTo...)
	}
	slices.Sort(named)
	return slices.DeleteFunc(slices.Compact(named), table.Has)
}

func checkoutLimits(cfg Config) (service.Limits, error) {
	if most := service.AdvanceTimeout * 4 / 5; cfg.Payments.Timeout > most {
		return service.Limits{}, fmt.Errorf("configuration key payments.timeout: %q cannot be used: "+
			"it must be at most %s, four fifths of the timeout of advancing an order", cfg.Payments.Timeout, most)
	}
	return service.Limits{
		Patience:     cfg.Sweeper.Patience,
		ActionWithin: cfg.Payments.ActionWithin,
		GiveUpAfter:  cfg.Payments.GiveUpAfter,
		DeclinedFor:  cfg.Checkout.DeclinedFor,
		KeepKeys:     cfg.Checkout.KeepKeys,
		VerifiedOnly: cfg.Checkout.VerifiedOnly,
		RefundWindow: cfg.Refunds.Window,
		Parallel:     cfg.Sweeper.Parallel,
		ReturnsTo:    cfg.Returns,
	}, nil
}
