package web

import (
	"context"
	"slices"
	"strings"

	"coinslot/platform/fault"
	"coinslot/platform/id"

	"github.com/danielgtaylor/huma/v2"
)

// Caller is the account that sent a request, with its session and roles.
type Caller struct {
	AccountID id.ID
	SessionID id.ID
	Roles     []string
}

// Has reports whether the caller has a role.
func (c Caller) Has(role string) bool { return slices.Contains(c.Roles, role) }

// IsStaff reports whether the caller has the role staff.
func (c Caller) IsStaff() bool { return c.Has(staffRole) }

// Authenticator returns the caller of an access token, or a fault of kind Unauthenticated for an invalid token.
type Authenticator interface {
	Authenticate(ctx context.Context, accessToken string) (Caller, error)
}

// Access is the permission that an operation requires.
type Access int

// The values of Access.
const (
	Public   Access = iota // no access token
	SignedIn               // a valid access token
	Staff                  // a valid access token of an account with the role staff
)

const (
	staffRole = "staff"
	scheme    = "bearer"
)

// The faults of access control.
var (
	ErrNoToken = fault.New(fault.Unauthenticated, "unauthenticated",
		"sign in at POST /v1/sessions and send the access token as Authorization: Bearer …")
	ErrForbidden = fault.New(fault.Forbidden, "forbidden", "this operation requires the role staff")
)

type callerKey struct{}

// CallerOf returns the caller of an operation that is not public, and the zero Caller for a public one.
func CallerOf(ctx context.Context) Caller {
	caller, _ := ctx.Value(callerKey{}).(Caller)
	return caller
}

// guard authenticates the caller and checks the access.
func (a *API) guard(access Access) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		caller, err := a.authenticate(c, access)
		if err != nil {
			huma.WriteErr(a.API, c, 0, "", err) //nolint:errcheck // Huma reports a failed write itself
			return
		}
		ctx := context.WithValue(c.Context(), callerKey{}, caller)
		if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
			x.account = caller.AccountID
		}
		next(huma.WithContext(c, ctx))
	}
}

func (a *API) authenticate(c huma.Context, access Access) (Caller, error) {
	kind, token, _ := strings.Cut(c.Header("Authorization"), " ")
	if !strings.EqualFold(kind, scheme) || token == "" {
		return Caller{}, ErrNoToken
	}
	if x, ok := c.Context().Value(exchangeKey{}).(*exchange); ok {
		x.token = true
	}
	caller, err := a.auth.Authenticate(c.Context(), token)
	if err != nil {
		return Caller{}, err
	}
	if access == Staff && !caller.IsStaff() {
		return Caller{}, ErrForbidden
	}
	return caller, nil
}
