package rest

import (
	"coinslot/modules/identity/domain"
	"coinslot/platform/fault"
	"coinslot/platform/web"
)

const (
	accounts = "accounts"
	sessions = "sessions"
)

var contract = web.Contract{
	Descriptions: descriptions,
	Tags: map[string]string{
		accounts: "Register an account, and manage your own.",
		sessions: "Sign in, refresh tokens and sign out.",
	},
	Faults: map[string][]*fault.Error{
		"register":  {domain.ErrTaken, domain.ErrInvalid, domain.ErrTooMany, domain.ErrBusy},
		"get-me":    {domain.ErrAccountNotFound},
		"update-me": {domain.ErrAccountNotFound, domain.ErrHandleTaken, domain.ErrInvalid, domain.ErrStale},
		"delete-me": {domain.ErrAccountNotFound, domain.ErrPassword, domain.ErrTooMany, domain.ErrBusy},
		"change-password": {
			domain.ErrAccountNotFound, domain.ErrPassword, domain.ErrInvalid,
			domain.ErrTooMany, domain.ErrBusy,
		},
		"sign-in":         {domain.ErrCredentials, domain.ErrTooMany, domain.ErrBusy},
		"refresh-session": {domain.ErrRefreshToken, domain.ErrTooMany},
		"revoke-session":  {domain.ErrSessionNotFound},
	},
	Examples: map[string]any{
		"register": map[string]any{
			"email": "grace@example.com", "handle": "grace", "display_name": "Grace",
			"password": "a long and happy sentence",
		},
		"update-me": map[string]any{
			"display_name": "Ada L.", "country": "AT", "language": "en",
		},
		"delete-me":       map[string]any{"password": demoPassword},
		"change-password": map[string]any{"current_password": demoPassword, "new_password": "another long sentence"},
		"sign-in":         map[string]any{"login": "ada", "password": demoPassword},
		"refresh-session": map[string]any{"refresh_token": web.SampleRefreshToken},
	},
}

// demoPassword is the password of the demo accounts of a local store.
const demoPassword = "insert coin to play" //nolint:gosec // it is public
