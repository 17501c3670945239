package store

import (
	"log/slog"

	"coinslot/platform/web"

	"go.uber.org/dig"
	"go.uber.org/fx"
)

// UnusedKey is a token key for stores without sign-ins, such as one that only generates its OpenAPI document.
const UnusedKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

// API returns the store's operations and their OpenAPI document, without a database.
func API(cfg Config) (*web.API, error) {
	cfg.Database.URL, cfg.Tokens.Key = "postgres://nobody@127.0.0.1:1/nothing", UnusedKey
	var api *web.API
	app := fx.New(New(cfg, slog.New(slog.DiscardHandler)), fx.Populate(&api))
	return api, dig.RootCause(app.Err())
}
