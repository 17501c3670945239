package service

import (
	"context"
	"errors"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
)

// WithPassword returns the account with a login, and reports whether the password matches. It has no rate limit, so no
// operation may call it. It is for the start of a store.
func (s *Service) WithPassword(
	ctx context.Context, login, password string,
) (account identity.Account, matches bool, err error) {
	found, err := s.Directory.ByLogin(ctx, domain.NewLogin(login))
	if errors.Is(err, domain.ErrAccountNotFound) {
		return identity.Account{}, false, nil
	}
	if err != nil {
		return identity.Account{}, false, err
	}
	matches, err = s.Passwords.Verify(ctx, ports.Anonymous, password, found.PasswordHash())
	return s.view(found), matches, err
}
