package store

import (
	"log/slog"
	"testing"
	"time"

	"coinslot/configs"
	"coinslot/modules/billing"
	"coinslot/modules/checkout/adapters/taxes"
	"coinslot/modules/library"
	"coinslot/platform/clock"
	"coinslot/platform/config"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
	"go.uber.org/dig"
	"go.uber.org/fx"

	billingports "coinslot/modules/billing/ports"
	catalogservice "coinslot/modules/catalog/service"
	checkoutports "coinslot/modules/checkout/ports"
	identityservice "coinslot/modules/identity/service"
)

func TestNew_OverlappingTaxRates_ReturnsError(t *testing.T) {
	t.Parallel()
	cfg := graphConfig(t)
	cfg.Taxes.Rates = append(cfg.Taxes.Rates, taxes.Rate{Country: "AT", Percent: "10", From: "2026-01-01"})
	err := dig.RootCause(fx.New(New(cfg, slog.New(slog.DiscardHandler))).Err())
	require.ErrorContains(t, err, "taxes.rates")
	require.ErrorContains(t, err, "AT 20 % from 2016-01-01")
	require.ErrorContains(t, err, "AT 10 % from 2026-01-01")
}

func graphConfig(t *testing.T) Config {
	t.Helper()
	cfg, err := LoadConfig(config.Source{Files: configs.Files, Profile: "test"})
	require.NoError(t, err)
	cfg.Tokens.Key, cfg.Database.URL = UnusedKey, "postgres://nobody@127.0.0.1:1/nothing"
	return cfg
}

func TestNew_GraphIsComplete(t *testing.T) {
	t.Parallel()
	require.NoError(t, fx.ValidateApp(New(graphConfig(t), slog.New(slog.DiscardHandler))))
}

// Negative control of TestNew_GraphIsComplete.
func TestNew_MissingModule_ReturnsError(t *testing.T) {
	t.Parallel()
	cfg, log := graphConfig(t), slog.New(slog.DiscardHandler)
	all := map[string]fx.Option{
		"identity": identityModule(), "catalog": catalogModule(), "library": libraryModule(), "cart": cartModule(),
		"billing": billingModule(),
	}
	for missing := range all {
		options := []fx.Option{
			fx.NopLogger, fx.Supply(cfg, log), platformModule(), checkoutModule(),
			eventsModule(), fx.Invoke(run),
		}
		for name, module := range all {
			if name != missing {
				options = append(options, module)
			}
		}
		require.Error(t, fx.ValidateApp(options...), "without %s", missing)
	}
}

func TestNew_PortsOfModules_AreNotProvided(t *testing.T) {
	t.Parallel()
	cfg, log := graphConfig(t), slog.New(slog.DiscardHandler)
	require.NoError(t, fx.ValidateApp(New(cfg, log), fx.Invoke(func(library.Library, billing.Billing) {})))
	require.Error(t, fx.ValidateApp(New(cfg, log), fx.Invoke(func(checkoutports.Orders) {})))
	require.Error(t, fx.ValidateApp(New(cfg, log), fx.Invoke(func(billingports.PaymentProvider) {})))
}

// fx ignores decorators of types that are not provided.
func TestNew_DecoratedClockAndConfig_ReachServices(t *testing.T) {
	t.Parallel()
	stopped := clock.NewManual(time.Now())
	var catalog *catalogservice.Service
	var identity *identityservice.Service
	app := fx.New(New(graphConfig(t), slog.New(slog.DiscardHandler)), fx.Populate(&catalog, &identity),
		fx.Decorate(func(clock.Clock) clock.Clock { return stopped }),
		fx.Decorate(func(cfg Config) Config {
			cfg.Store.Currency, cfg.Store.Country = "JPY", "JP"
			return cfg
		}))
	require.NoError(t, app.Err())
	require.Same(t, stopped, catalog.Clock)
	require.Same(t, stopped, identity.Clock)
	require.Equal(t, money.Currency("JPY"), catalog.Currency)
	require.Equal(t, "JP", identity.Locale.Country)
}
