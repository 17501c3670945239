package rest

import (
	"coinslot/modules/identity/domain"
	"coinslot/platform/fault"
	"coinslot/platform/web"
)

const (
	accounts = "accounts"
	sessions = "sessions"
	mails    = "mails"
)

var contract = web.Contract{
	Descriptions: descriptions,
	Tags: map[string]string{
		accounts: "Register an account, and manage your own.",
		sessions: "Sign in, refresh tokens and sign out.",
		mails:    "Confirm e-mail addresses and choose new passwords by links in mails.",
	},
	Faults: map[string][]*fault.Error{
		"register": {
			domain.ErrTaken, domain.ErrHandleTaken, domain.ErrInvalid, domain.ErrTooMany, domain.ErrBusy,
		},
		"get-me":    {domain.ErrAccountNotFound},
		"update-me": {domain.ErrAccountNotFound, domain.ErrHandleTaken, domain.ErrInvalid, domain.ErrStale},
		"delete-me": {domain.ErrAccountNotFound, domain.ErrPassword, domain.ErrTooMany, domain.ErrBusy},
		"change-password": {
			domain.ErrAccountNotFound, domain.ErrPassword, domain.ErrInvalid,
			domain.ErrTooMany, domain.ErrBusy,
		},
		"sign-in":         {domain.ErrCredentials, domain.ErrPending, domain.ErrTooMany, domain.ErrBusy},
		"refresh-session": {domain.ErrRefreshToken, domain.ErrTooMany},
		"revoke-session":  {domain.ErrSessionNotFound},

		"start-guest": {domain.ErrTooMany},
		"register-guest": {
			domain.ErrAccountNotFound, domain.ErrTaken, domain.ErrHandleTaken, domain.ErrRegistered, domain.ErrInvalid,
			domain.ErrTooMany, domain.ErrBusy,
		},
		"request-email-verification": {domain.ErrInvalid, domain.ErrTooMany, domain.ErrNoMail},
		"confirm-email":              {domain.ErrLink, domain.ErrTooMany},
		"request-password-reset":     {domain.ErrInvalid, domain.ErrTooMany, domain.ErrNoMail},
		"reset-password":             {domain.ErrLink, domain.ErrInvalid, domain.ErrTooMany, domain.ErrBusy},
		"change-email": {
			domain.ErrAccountNotFound, domain.ErrPassword, domain.ErrInvalid, domain.ErrTooMany, domain.ErrBusy,
			domain.ErrNoMail,
		},
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

		"register-guest": map[string]any{
			"email": "grace@example.com", "handle": "grace", "display_name": "Grace",
			"password": "a long and happy sentence",
		},
		"request-email-verification": map[string]any{"email": "grace@example.com"},
		"confirm-email":              map[string]any{"token": web.SampleRefreshToken},
		"request-password-reset":     map[string]any{"email": "grace@example.com"},
		"reset-password": map[string]any{
			"token": web.SampleRefreshToken, "new_password": "another long sentence",
		},
		"change-email": map[string]any{"email": "ada@example.org", "password": demoPassword},
	},
}

// demoPassword is the password of the demo accounts of a local store.
const demoPassword = "insert coin to play" //nolint:gosec // it is public
