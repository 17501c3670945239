// Package domain holds the rules of accounts, passwords and sessions.
package domain

import "coinslot/platform/fault"

// The faults of identity.
var (
	ErrAccountNotFound = fault.New(fault.NotFound, "account-not-found", "there is no such account")
	ErrEmailTaken      = fault.New(fault.Conflict, "email-taken", "an account with this e-mail address exists; sign in, or use another address")
	ErrHandleTaken     = fault.New(fault.Conflict, "handle-taken", "this handle is taken; choose another one")
	ErrInvalid         = fault.New(fault.Invalid, "invalid-request", "some values are out of range; errors lists each of them")
	ErrCredentials     = fault.New(fault.Unauthenticated, "bad-credentials", "the login or the password is wrong")
	ErrPassword        = fault.New(fault.Forbidden, "wrong-password", "the current password is wrong")
	ErrToken           = fault.New(fault.Unauthenticated, "bad-token", "the access token is not valid any more; refresh it at POST /v1/sessions/refresh, or sign in")
	ErrRefreshToken    = fault.New(fault.Unauthenticated, "bad-refresh-token", "the refresh token is not valid any more; sign in again")
	ErrSessionNotFound = fault.New(fault.NotFound, "session-not-found", "there is no such session")
	ErrStale           = fault.New(fault.Stale, "stale-version", "the account has changed since you read it; read it again")
	ErrRole            = fault.New(fault.Invalid, "unknown-role", "the roles are customer and staff")
)
