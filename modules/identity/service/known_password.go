package service

import (
	"context"
	"errors"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
)

// WithPassword returns the account with this login if the password is its own. It opens no session, and is for the
// start of a store, not for callers: nothing limits how often it is tried.
func (s *Service) WithPassword(ctx context.Context, login, password string) (account identity.Account,
	matches bool, err error,
) {
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
