package rest

import (
	"context"
	"net/http"

	"coinslot/platform/web"
)

func registerMail(api *web.API, h handlers) {
	web.Register(api, web.Op{
		Access: web.Public, Method: http.MethodPost, Path: "/v1/email-verifications", ID: "request-email-verification",
		Summary: "Request a mail that confirms my address", Tag: mails, Status: http.StatusAccepted,
	}, h.requestVerification)
	web.Register(api, web.Op{
		Access: web.Public, Method: http.MethodPost, Path: "/v1/email-verifications/confirm", ID: "confirm-email",
		Summary: "Confirm my address", Tag: mails, Status: http.StatusNoContent,
	}, h.confirmEmail)
	web.Register(api, web.Op{
		Access: web.Public, Method: http.MethodPost, Path: "/v1/password-resets", ID: "request-password-reset",
		Summary: "Request a mail to choose a new password", Tag: mails, Status: http.StatusAccepted,
	}, h.requestReset)
	web.Register(api, web.Op{
		Access: web.Public, Method: http.MethodPost, Path: "/v1/password-resets/confirm", ID: "reset-password",
		Summary: "Choose a new password", Tag: mails, Status: http.StatusNoContent,
	}, h.resetPassword)
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodPut, Path: "/v1/me/email", ID: "change-email",
		Summary: "Change my address", Tag: mails, Status: http.StatusAccepted,
	}, h.changeEmail)
}

type addressInput struct {
	Body struct {
		Email string `json:"email" format:"idn-email" maxLength:"254" example:"ada@example.com"`
	}
}

type tokenInput struct {
	Body struct {
		Token string `json:"token" maxLength:"200" doc:"The part after # of the link in the mail"`
	}
}

type resetInput struct {
	Body struct {
		Token       string `json:"token" maxLength:"200" doc:"The part after # of the link in the mail"`
		NewPassword string `json:"new_password" minLength:"12" maxLength:"128" doc:"12 to 128 characters"`
	}
}

type emailInput struct {
	Body struct {
		Email    string `json:"email" format:"idn-email" maxLength:"254" example:"ada@example.com"`
		Password string `json:"password" maxLength:"1024"`
	}
}

func (h handlers) requestVerification(ctx context.Context, in *addressInput) (*none, error) {
	return nil, h.service.RequestVerification(ctx, in.Body.Email, client(ctx))
}

func (h handlers) confirmEmail(ctx context.Context, in *tokenInput) (*none, error) {
	return nil, h.service.ConfirmAddress(ctx, in.Body.Token, client(ctx))
}

func (h handlers) requestReset(ctx context.Context, in *addressInput) (*none, error) {
	return nil, h.service.RequestReset(ctx, in.Body.Email, client(ctx))
}

func (h handlers) resetPassword(ctx context.Context, in *resetInput) (*none, error) {
	return nil, h.service.ResetPassword(ctx, in.Body.Token, in.Body.NewPassword, client(ctx))
}

func (h handlers) changeEmail(ctx context.Context, in *emailInput) (*none, error) {
	return nil, h.service.RequestAddress(ctx, confirmation(ctx, in.Body.Password), in.Body.Email)
}
