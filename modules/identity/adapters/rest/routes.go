// Package rest has identity's HTTP operations.
package rest

import (
	"context"
	"net/http"

	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/service"
	"coinslot/platform/id"
	"coinslot/platform/web"
)

type handlers struct{ service *service.Service }

// Register adds the operations.
func Register(api *web.API, s *service.Service) {
	h := handlers{s}
	api.Describe(contract)
	web.Register(api, web.Op{
		Access: web.Public, Method: http.MethodPost, Path: "/v1/accounts", ID: "register",
		Summary: "Register an account", Tag: accounts, Status: http.StatusCreated, Empty: []int{http.StatusAccepted},
	}, h.register)
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodGet, Path: "/v1/me", ID: "get-me",
		Summary: "Get my account", Tag: accounts,
	}, h.me)
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodPatch, Path: "/v1/me", ID: "update-me",
		Summary: "Change my names, country or language", Tag: accounts,
	}, h.change)
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodDelete, Path: "/v1/me", ID: "delete-me",
		Summary: "Erase my account", Tag: accounts, Status: http.StatusNoContent,
	}, h.erase)
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodPut, Path: "/v1/me/password", ID: "change-password",
		Summary: "Change my password", Tag: accounts, Status: http.StatusNoContent,
	}, h.changePassword)
	web.Register(api, web.Op{
		Access: web.Public, Method: http.MethodPost, Path: "/v1/sessions", ID: "sign-in",
		Summary: "Sign in", Tag: sessions, Status: http.StatusCreated,
	}, h.signIn)
	web.Register(api, web.Op{
		Access: web.Public, Method: http.MethodPost, Path: "/v1/sessions/refresh",
		ID: "refresh-session", Summary: "Refresh my tokens", Tag: sessions,
	}, h.refresh)
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodGet, Path: "/v1/sessions", ID: "list-sessions",
		Summary: "List my sessions", Tag: sessions,
	}, h.sessions)
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodDelete, Path: "/v1/sessions/current",
		ID: "sign-out", Summary: "Sign out", Tag: sessions, Status: http.StatusNoContent,
	}, h.signOut)
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodDelete, Path: "/v1/sessions/{id}",
		ID: "revoke-session", Summary: "End one of my sessions", Tag: sessions, Status: http.StatusNoContent,
	}, h.revoke)
	registerMail(api, h)
	registerGuests(api, h)
}

// Authenticator implements web.Authenticator.
type Authenticator struct{ service *service.Service }

// NewAuthenticator returns the authenticator.
func NewAuthenticator(s *service.Service) Authenticator { return Authenticator{s} }

// Authenticate returns the caller of an access token.
func (a Authenticator) Authenticate(ctx context.Context, accessToken string) (web.Caller, error) {
	c, err := a.service.Authenticate(ctx, accessToken)
	return web.Caller{AccountID: c.AccountID, SessionID: c.SessionID, Roles: c.Roles}, err
}

type none struct{}

func client(ctx context.Context) service.Client {
	c := web.ClientOf(ctx)
	return service.Client{Address: c.Address, Agent: c.UserAgent}
}

func confirmation(ctx context.Context, password string) service.Confirmation {
	return service.Confirmation{AccountID: web.CallerOf(ctx).AccountID, Password: password, Client: client(ctx)}
}

func (h handlers) register(ctx context.Context, in *registerInput) (*registrationOutput, error) {
	account, err := h.service.RegisterFrom(ctx, in.registration(), client(ctx))
	if err != nil {
		return nil, err
	}
	return registrationOut(account, http.StatusCreated), nil
}

func (h handlers) me(ctx context.Context, _ *none) (*accountOutput, error) {
	account, err := h.service.Account(ctx, web.CallerOf(ctx).AccountID)
	if err != nil {
		return nil, err
	}
	return accountOut(account), nil
}

func (h handlers) change(ctx context.Context, in *accountChangeInput) (*accountOutput, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	account, err := h.service.Change(ctx, web.CallerOf(ctx).AccountID, version, domain.Changes(in.Body))
	if err != nil {
		return nil, err
	}
	return accountOut(account), nil
}

func (h handlers) erase(ctx context.Context, in *eraseInput) (*none, error) {
	return nil, h.service.Erase(ctx, confirmation(ctx, in.Body.Password))
}

func (h handlers) changePassword(ctx context.Context, in *passwordInput) (*none, error) {
	return nil, h.service.ChangePassword(ctx, web.CallerOf(ctx).SessionID,
		confirmation(ctx, in.Body.CurrentPassword), in.Body.NewPassword)
}

func (h handlers) signIn(ctx context.Context, in *signInInput) (*grantOutput, error) {
	grant, err := h.service.SignIn(ctx, in.Body.Login, in.Body.Password, client(ctx))
	if err != nil {
		return nil, err
	}
	return grantOut(grant), nil
}

func (h handlers) refresh(ctx context.Context, in *refreshInput) (*grantOutput, error) {
	grant, err := h.service.Refresh(ctx, in.Body.RefreshToken, client(ctx))
	if err != nil {
		return nil, err
	}
	return grantOut(grant), nil
}

func (h handlers) sessions(ctx context.Context, _ *none) (*sessionsOutput, error) {
	caller := web.CallerOf(ctx)
	sessions, err := h.service.Sessions(ctx, caller.AccountID)
	if err != nil {
		return nil, err
	}
	out := &sessionsOutput{}
	out.Body.Items = make([]sessionDTO, len(sessions))
	for i, s := range sessions {
		out.Body.Items[i] = toSession(s, caller)
	}
	return out, nil
}

func (h handlers) signOut(ctx context.Context, _ *none) (*none, error) {
	caller := web.CallerOf(ctx)
	return nil, h.service.SignOut(ctx, caller.AccountID, caller.SessionID)
}

func (h handlers) revoke(ctx context.Context, in *sessionInput) (*none, error) {
	sessionID, err := id.Parse(in.ID)
	if err != nil {
		return nil, domain.ErrSessionNotFound
	}
	return nil, h.service.SignOut(ctx, web.CallerOf(ctx).AccountID, sessionID)
}
