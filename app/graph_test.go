package main

import (
	"log/slog"
	"net/http"
	"testing"

	"coinslot/configs"
	"coinslot/platform/config"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

func graphConfig(t *testing.T) config.Config {
	t.Helper()
	cfg, err := config.Load(config.Source{Files: configs.Files, Profile: "test"})
	require.NoError(t, err)
	cfg.Tokens.Key, cfg.Database.URL = unusedKey, "postgres://nobody@127.0.0.1:1/nothing"
	return cfg
}

func TestTheGraphIsWhole(t *testing.T) {
	t.Parallel()
	require.NoError(t, fx.ValidateApp(store(graphConfig(t), slog.New(slog.DiscardHandler))))
}

// Without these the test above could pass and check nothing.
func TestAGraphWithAHoleIsRefused(t *testing.T) {
	t.Parallel()
	cfg, log := graphConfig(t), slog.New(slog.DiscardHandler)
	all := map[string]fx.Option{
		"identity": identityModule(), "catalog": catalogModule(), "library": libraryModule(), "cart": cartModule(),
		"billing": billingModule(),
	}
	for missing := range all {
		options := []fx.Option{
			fx.NopLogger, fx.Supply(cfg, log), platformModule(), checkoutModule(),
			newsModule(), fx.Invoke(run),
		}
		for name, module := range all {
			if name != missing {
				options = append(options, module)
			}
		}
		require.Error(t, fx.ValidateApp(options...), "without %s", missing)
	}
}

func TestWhatAModuleKeepsToItselfCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	type deps struct {
		fx.In
		IDs id.Source
	}
	cfg, log := graphConfig(t), slog.New(slog.DiscardHandler)
	require.NoError(t, fx.ValidateApp(store(cfg, log), fx.Invoke(func(deps) {})))
	require.Error(t, fx.ValidateApp(store(cfg, log), fx.Invoke(func(checkoutPorts) {})))
	require.Error(t, fx.ValidateApp(store(cfg, log), fx.Invoke(func(billingPorts) {})))
}

func TestTheStoreStartsServesAndStops(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	guest := r.guest(t)
	for _, path := range []string{"/livez", "/readyz", "/docs/", "/openapi.json", "/openapi.yaml"} {
		guest.get(path).is(http.StatusOK)
	}
	require.Len(t, operations(t, r), len(matrix))
	guest.get("/nothing").problem(http.StatusNotFound, "not-found")
	guest.send(http.MethodPut, "/livez", nil, nil).problem(http.StatusMethodNotAllowed, "method-not-allowed")
}
