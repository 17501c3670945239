package rest

import (
	"context"
	"net/http"

	"coinslot/modules/cart/service"
	"coinslot/platform/fault"
	"coinslot/platform/web"
)

// guestRole is the role of guests.
const guestRole = "guest"

var errGuestToken = fault.New(fault.Invalid, "bad-guest-token",
	"the guest_token is invalid or expired, or not of a guest")

// merging has the operation that merges carts.
type merging struct {
	service *service.Service
	auth    web.Authenticator
}

// RegisterMerge adds the operation that merges a guest's cart, after Register, which describes it. The authenticator
// verifies the guest's token.
func RegisterMerge(api *web.API, s *service.Service, auth web.Authenticator) {
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodPost, Path: "/v1/cart/merge", ID: "merge-cart",
		Summary: "Add the items of a guest's cart to mine", Tag: "cart",
	}, merging{s, auth}.merge)
}

type mergeInput struct {
	Body struct {
		GuestToken string `json:"guest_token" maxLength:"2000" doc:"The access_token of POST /v1/guests"`
	}
}

func (m merging) merge(ctx context.Context, in *mergeInput) (*cartOutput, error) {
	guest, err := m.auth.Authenticate(ctx, in.Body.GuestToken)
	if fault.Is(err, fault.Unauthenticated) || (err == nil && !guest.Has(guestRole)) {
		return nil, errGuestToken
	}
	if err != nil {
		return nil, err
	}
	view, err := m.service.Merge(ctx, guest.AccountID, web.CallerOf(ctx).AccountID)
	if err != nil {
		return nil, err
	}
	return cartOut(view), nil
}
