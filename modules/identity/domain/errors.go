// Package domain has the rules of accounts, passwords and sessions, and rate limits.
package domain

import (
	"time"

	"coinslot/platform/fault"
)

// The faults of identity.
var (
	ErrAccountNotFound = fault.New(fault.NotFound, "account-not-found", "there is no such account")
	ErrTaken           = fault.New(fault.Conflict, "account-taken",
		"an account has this e-mail address or this handle; sign in, or choose others")
	ErrHandleTaken = fault.New(fault.Conflict, "handle-taken", "an account has this handle; choose another one")
	ErrInvalid     = fault.New(fault.Invalid, "invalid-request",
		"some values are out of range; errors lists each of them")
	ErrCredentials = fault.New(fault.Unauthenticated, "bad-credentials", "the login or the password is wrong")
	ErrPending     = fault.New(fault.Forbidden, "registration-not-confirmed",
		"confirm your address with the link in the mail, or request a new mail")
	ErrPassword = fault.New(fault.Forbidden, "wrong-password", "the current password is wrong")
	ErrTooMany  = fault.New(fault.RateLimited, "too-many-attempts",
		"too many attempts; wait, then try again")
	ErrToken = fault.New(fault.Unauthenticated, "bad-token",
		"the access token is invalid or expired; refresh it, or sign in")
	ErrRefreshToken = fault.New(fault.Unauthenticated, "bad-refresh-token",
		"the refresh token is invalid, used or expired; sign in again")
	ErrSessionNotFound = fault.New(fault.NotFound, "session-not-found", "there is no such session")
	ErrBusy            = fault.New(fault.Unavailable, "sign-in-busy",
		"too many sign-ins are in progress; try again in a second").After(time.Second)
	ErrStale = fault.New(fault.Stale, "stale-version",
		"the account has changed since you read it; read it again")
	ErrRole     = fault.New(fault.Invalid, "unknown-role", "the roles are customer and staff")
	ErrKeepRole = fault.New(fault.Invalid, "role-cannot-be-revoked",
		"every account has the role customer; suspend the account instead")
)
