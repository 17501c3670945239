package service

import (
	"context"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/id"
)

// GrantRole grants a role to the account with a login. It returns domain.ErrAccountNotFound or domain.ErrRole.
func (s *Service) GrantRole(ctx context.Context, login, role string) (identity.Account, error) {
	return s.operate(ctx, login, "role granted",
		func(_ context.Context, _ ports.Stores, a *domain.Account) error { return a.GrantRole(role) }, "role", role)
}

// RevokeRole revokes a role of the account with a login. It returns domain.ErrAccountNotFound, domain.ErrRole, or
// domain.ErrKeepRole for the role customer.
func (s *Service) RevokeRole(ctx context.Context, login, role string) (identity.Account, error) {
	return s.operate(ctx, login, "role revoked",
		func(_ context.Context, _ ports.Stores, a *domain.Account) error { return a.RevokeRole(role) }, "role", role)
}

// Suspend prevents an account from signing in. Its sessions end within a second.
func (s *Service) Suspend(ctx context.Context, login string) (identity.Account, error) {
	return s.operate(ctx, login, "account suspended",
		func(ctx context.Context, st ports.Stores, a *domain.Account) error {
			a.Suspend(s.Clock.Now())
			return st.Sessions.EndAll(ctx, a.ID(), id.Nil, s.Clock.Now())
		})
}

// Reinstate ends the suspension of an account.
func (s *Service) Reinstate(ctx context.Context, login string) (identity.Account, error) {
	return s.operate(ctx, login, "account reinstated",
		func(_ context.Context, _ ports.Stores, a *domain.Account) error {
			a.Reinstate()
			return nil
		})
}

// EndSessions ends all sessions of an account within a second.
func (s *Service) EndSessions(ctx context.Context, login string) (identity.Account, error) {
	return s.operate(ctx, login, "sessions ended",
		func(ctx context.Context, st ports.Stores, a *domain.Account) error {
			return st.Sessions.EndAll(ctx, a.ID(), id.Nil, s.Clock.Now())
		})
}

// Collisions returns the accounts whose address has the canonical form of an older account's address. They can sign
// in by its exact spelling only.
func (s *Service) Collisions(ctx context.Context) ([]identity.Account, error) {
	accounts, err := s.Directory.WithoutEmailForm(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]identity.Account, len(accounts))
	for i, a := range accounts {
		out[i] = s.view(a)
	}
	return out, nil
}

// operate changes the account with a login and logs the action.
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

// knownFor is the time after the last sign-in for which a network stays known.
const knownFor = 180 * 24 * time.Hour

// Prune deletes ended and expired sessions, refresh tokens that were used longer ago than the absolute lifetime of a
// session, empty buckets, and networks without a sign-in for 180 days.
func (s *Service) Prune(ctx context.Context) error {
	now := s.Clock.Now()
	return s.Upkeep.Prune(ctx, ports.Prune{
		Now: now, UsedBefore: now.Add(-s.Lifetimes.Session.Absolute), KnownBefore: now.Add(-knownFor),
	})
}

// BackfillEmailForms sets the canonical forms of addresses that an earlier release has stored without.
func (s *Service) BackfillEmailForms(ctx context.Context) error {
	return s.Upkeep.BackfillEmailForms(ctx, domain.EmailForm)
}
