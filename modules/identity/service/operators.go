package service

import (
	"context"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/id"
)

// GrantRole gives a role to the account with this login.
func (s *Service) GrantRole(ctx context.Context, login, role string) (identity.Account, error) {
	return s.operate(ctx, login, "role granted",
		func(_ context.Context, _ ports.Stores, a *domain.Account) error { return a.GrantRole(role) }, "role", role)
}

// RevokeRole takes a role from the account with this login. The role customer stays.
func (s *Service) RevokeRole(ctx context.Context, login, role string) (identity.Account, error) {
	return s.operate(ctx, login, "role revoked",
		func(_ context.Context, _ ports.Stores, a *domain.Account) error { return a.RevokeRole(role) }, "role", role)
}

// Suspend keeps an account out and ends its sessions within a second.
func (s *Service) Suspend(ctx context.Context, login string) (identity.Account, error) {
	return s.operate(ctx, login, "account suspended", func(ctx context.Context, st ports.Stores, a *domain.Account) error {
		a.Suspend(s.Clock.Now())
		return st.Sessions.EndAll(ctx, a.ID(), id.Nil, s.Clock.Now())
	})
}

// Reinstate lets a suspended account in again.
func (s *Service) Reinstate(ctx context.Context, login string) (identity.Account, error) {
	return s.operate(ctx, login, "account reinstated", func(_ context.Context, _ ports.Stores, a *domain.Account) error {
		a.Reinstate()
		return nil
	})
}

// EndSessions ends every session of an account within a second.
func (s *Service) EndSessions(ctx context.Context, login string) (identity.Account, error) {
	return s.operate(ctx, login, "sessions ended", func(ctx context.Context, st ports.Stores, a *domain.Account) error {
		return st.Sessions.EndAll(ctx, a.ID(), id.Nil, s.Clock.Now())
	})
}

// Collisions lists the accounts that sign in by the exact spelling of their address alone, because an older account owns
// its form.
func (s *Service) Collisions(ctx context.Context) ([]identity.Account, error) {
	accounts, err := s.Directory.Formless(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]identity.Account, len(accounts))
	for i, a := range accounts {
		out[i] = s.view(a)
	}
	return out, nil
}

// operate changes the account with this login and logs what was done.
func (s *Service) operate(
	ctx context.Context, login, done string,
	fn func(ctx context.Context, st ports.Stores, a *domain.Account) error, attrs ...any,
) (identity.Account, error) {
	account, err := s.Directory.ByLogin(ctx, domain.NewLogin(login))
	if err != nil {
		return identity.Account{}, err
	}
	view, err := s.change(ctx, account.ID(), fn)
	if err == nil {
		s.Log.InfoContext(ctx, done, append([]any{"account", view.ID}, attrs...)...)
	}
	return view, err
}

// knownFor is how long an account is known on a network where it has not signed in again.
const knownFor = 180 * 24 * time.Hour

// Prune removes expired and ended sessions, refresh tokens used before any session that is still alive began, drained
// buckets, and networks that were not seen for 180 days.
func (s *Service) Prune(ctx context.Context) error {
	now := s.Clock.Now()
	return s.Upkeep.Prune(ctx, ports.Prune{
		Now: now, UsedBefore: now.Add(-s.Lifetimes.Session.Absolute), KnownBefore: now.Add(-knownFor),
	})
}

// AdoptForms gives the addresses of earlier releases the form in which they are compared; the older account owns it.
func (s *Service) AdoptForms(ctx context.Context) error {
	return s.Upkeep.AdoptForms(ctx, domain.EmailForm)
}
