package rest

import (
	"net/http"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/service"
	"coinslot/platform/web"
)

type accountDTO struct {
	ID          string    `json:"id" format:"uuid"`
	Email       string    `json:"email,omitempty" format:"email" doc:"Absent for guests and before confirmation"`
	Handle      string    `json:"handle,omitempty" doc:"Absent for guests"`
	DisplayName string    `json:"display_name"`
	Country     string    `json:"country" doc:"The country of taxation: ISO 3166-1 alpha-2"`
	Language    string    `json:"language" enum:"en,de,fr,es" doc:"The language of invoices and credit notes"`
	Roles       []string  `json:"roles" nullable:"false" doc:"customer, staff or guest"`
	CreatedAt   time.Time `json:"created_at"`
	Verified    bool      `json:"email_verified" doc:"Whether the holder of the address has confirmed it"`
}

func toAccount(a identity.Account) accountDTO {
	return accountDTO{
		a.ID.String(), a.Email, a.Handle, a.DisplayName, a.Country, a.Language, a.Roles, a.CreatedAt, a.Verified,
	}
}

type accountOutput struct {
	ETag string `header:"ETag"`
	Body accountDTO
}

// registrationOutput has no body while the registration awaits the confirmation of its address.
type registrationOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   *accountDTO
}

func registrationOut(a identity.Account, status int) *registrationOutput {
	if a.Guest {
		return &registrationOutput{Status: http.StatusAccepted}
	}
	body := toAccount(a)
	return &registrationOutput{Status: status, ETag: web.ETag(a.Version), Body: &body}
}

func accountOut(a identity.Account) *accountOutput {
	return &accountOutput{ETag: web.ETag(a.Version), Body: toAccount(a)}
}

type registerInput struct {
	Body struct {
		Email       string `json:"email" format:"idn-email" maxLength:"254" example:"ada@example.com"`
		Handle      string `json:"handle" minLength:"1" maxLength:"30" doc:"3 to 30 letters, digits, - or _" example:"ada"`
		DisplayName string `json:"display_name" minLength:"1" maxLength:"200" doc:"1 to 100 characters" example:"Ada"`
		Country     string `json:"country,omitempty" pattern:"^([A-Z]{2})?$" doc:"ISO 3166-1 alpha-2" example:"AT"`
		Language    string `json:"language,omitempty" pattern:"^(en|de|fr|es)?$" doc:"en, de, fr or es" example:"en"`
		Password    string `json:"password" minLength:"12" maxLength:"128" example:"a long and happy sentence"`
	}
}

func (in *registerInput) registration() domain.Registration {
	b := in.Body
	return domain.Registration{
		Email: b.Email, Handle: b.Handle, DisplayName: b.DisplayName, Country: b.Country, Language: b.Language,
		Password: b.Password,
	}
}

type signInInput struct {
	Body struct {
		Login    string `json:"login" maxLength:"254" doc:"The e-mail address or the handle" example:"ada"`
		Password string `json:"password" maxLength:"1024"`
	}
}

type refreshInput struct {
	Body struct {
		RefreshToken string `json:"refresh_token" maxLength:"200"`
	}
}

type tokensDTO struct {
	AccessToken  string     `json:"access_token"`
	TokenType    string     `json:"token_type" enum:"Bearer"`
	ExpiresIn    int        `json:"expires_in" doc:"Seconds until the access token expires"`
	RefreshToken string     `json:"refresh_token" doc:"Can be used once"`
	Account      accountDTO `json:"account"`
}

type grantOutput struct{ Body tokensDTO }

func grantOut(g service.Grant) *grantOutput {
	return &grantOutput{tokensDTO{
		g.AccessToken, "Bearer", int(g.ExpiresIn.Seconds()),
		g.RefreshToken, toAccount(g.Account),
	}}
}

type sessionDTO struct {
	ID         string    `json:"id" format:"uuid"`
	Client     string    `json:"client" doc:"The user agent that signed in"`
	Current    bool      `json:"current" doc:"Whether this is the session of the request"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at"`
	ExpiresAt  time.Time `json:"expires_at"`
}

type sessionsOutput struct {
	Body struct {
		Items []sessionDTO `json:"items" nullable:"false"`
	}
}

func toSession(s domain.Session, caller web.Caller) sessionDTO {
	return sessionDTO{s.ID.String(), s.Client, s.ID == caller.SessionID, s.CreatedAt, s.LastUsedAt, s.ExpiresAt}
}

type sessionInput struct {
	ID string `path:"id" doc:"The ID of the session" example:"00000000-0000-7000-8000-000000000005"`
}

type accountChangeInput struct {
	web.IfMatch
	Body struct {
		DisplayName *string `json:"display_name,omitempty" minLength:"1" maxLength:"200" doc:"1 to 100 characters"`
		Handle      *string `json:"handle,omitempty" minLength:"1" maxLength:"30" doc:"3 to 30 letters, digits, - or _"`
		Country     *string `json:"country,omitempty" pattern:"^([A-Z]{2})?$" doc:"ISO 3166-1 alpha-2"`
		Language    *string `json:"language,omitempty" pattern:"^(en|de|fr|es)?$" doc:"en, de, fr or es"`
	}
}

type eraseInput struct {
	Body struct {
		Password string `json:"password" maxLength:"1024"`
	}
}

type passwordInput struct {
	Body struct {
		CurrentPassword string `json:"current_password" maxLength:"1024"`
		NewPassword     string `json:"new_password" minLength:"12" maxLength:"128" doc:"12 to 128 characters"`
	}
}
