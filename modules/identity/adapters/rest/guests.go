package rest

import (
	"context"
	"net/http"

	"coinslot/platform/web"
)

func registerGuests(api *web.API, h handlers) {
	web.Register(api, web.Op{
		Access: web.Public, Method: http.MethodPost, Path: "/v1/guests", ID: "start-guest",
		Summary: "Buy as a guest", Tag: accounts, Status: http.StatusCreated,
	}, h.startGuest)
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodPost, Path: "/v1/me/registration", ID: "register-guest",
		Summary: "Register my guest account", Tag: accounts, Empty: []int{http.StatusAccepted},
	}, h.registerGuest)
}

func (h handlers) startGuest(ctx context.Context, _ *none) (*grantOutput, error) {
	grant, err := h.service.StartGuest(ctx, client(ctx))
	if err != nil {
		return nil, err
	}
	return grantOut(grant), nil
}

func (h handlers) registerGuest(ctx context.Context, in *registerInput) (*registrationOutput, error) {
	account, err := h.service.RegisterGuest(ctx, web.CallerOf(ctx).AccountID, in.registration(), client(ctx))
	if err != nil {
		return nil, err
	}
	return registrationOut(account, http.StatusOK), nil
}
