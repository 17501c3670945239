package service

import (
	"context"
	"errors"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/id"
)

// Grant is what a person gets for signing in or refreshing.
type Grant struct {
	AccessToken  string
	ExpiresIn    time.Duration
	RefreshToken string
	Account      identity.Account
}

// Caller is who holds an access token.
type Caller struct {
	AccountID id.ID
	SessionID id.ID
	Roles     []string
}

// SignIn starts a session. Whatever is wrong, the answer and its cost are the same, so that nobody learns which
// logins exist.
func (s *Service) SignIn(ctx context.Context, login, password, client string) (Grant, error) {
	account, err := s.Directory.ByLogin(ctx, domain.Login(login))
	if err != nil && !errors.Is(err, domain.ErrAccountNotFound) {
		return Grant{}, err
	}
	ok, verifyErr := s.Passwords.Verify(ctx, password, account.PasswordHash())
	if verifyErr != nil {
		return Grant{}, verifyErr
	}
	if err != nil || !ok {
		return Grant{}, domain.ErrCredentials
	}
	now := s.Clock.Now()
	session := domain.NewSession(s.IDs.NewID(), account.ID(), client, now, s.Lifetimes.Refresh)
	token, hash := s.Tokens.NewRefreshToken()
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		// The lock keeps a session from being born for an account that is being erased.
		if _, err := st.Accounts.Lock(ctx, account.ID()); err != nil {
			return domain.ErrCredentials
		}
		return st.Sessions.Insert(ctx, session, hash)
	})
	if err != nil {
		return Grant{}, err
	}
	return s.grant(session, token, s.view(account))
}

func (s *Service) grant(session domain.Session, refreshToken string, account identity.Account) (Grant, error) {
	now := s.Clock.Now()
	claims := ports.Claims{AccountID: session.AccountID, SessionID: session.ID, ExpiresAt: now.Add(s.Lifetimes.Access)}
	access, err := s.Tokens.Sign(claims, now)
	return Grant{AccessToken: access, ExpiresIn: s.Lifetimes.Access, RefreshToken: refreshToken, Account: account}, err
}

// Refresh trades a refresh token for a new pair. A token that comes a second time was stolen, or its successor was:
// the whole session ends.
func (s *Service) Refresh(ctx context.Context, refreshToken string) (Grant, error) {
	next, nextHash := s.Tokens.NewRefreshToken()
	var session domain.Session
	reused := false
	err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) (err error) {
		session, reused, err = st.Sessions.LockByToken(ctx, s.Tokens.HashRefreshToken(refreshToken))
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		if !session.Alive(now) {
			return domain.ErrRefreshToken
		}
		if reused {
			return st.Sessions.End(ctx, session.AccountID, session.ID, now)
		}
		session.Extend(now, s.Lifetimes.Refresh)
		return st.Sessions.Rotate(ctx, session, nextHash)
	})
	if err == nil && reused {
		s.holders.Invalidate(session.ID)
		err = domain.ErrRefreshToken
	}
	if err != nil {
		return Grant{}, err
	}
	account, err := s.Directory.Account(ctx, session.AccountID)
	if err != nil {
		return Grant{}, domain.ErrRefreshToken
	}
	return s.grant(session, next, s.view(account))
}

// Sessions lists where an account is signed in.
func (s *Service) Sessions(ctx context.Context, accountID id.ID) ([]domain.Session, error) {
	return s.Directory.Sessions(ctx, accountID, s.Clock.Now())
}

// SignOut ends one session of an account.
func (s *Service) SignOut(ctx context.Context, accountID, sessionID id.ID) error {
	err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		return st.Sessions.End(ctx, accountID, sessionID, s.Clock.Now())
	})
	s.holders.Invalidate(sessionID)
	return err
}

// Authenticate tells who holds an access token. A session is asked after at most once a second.
func (s *Service) Authenticate(ctx context.Context, accessToken string) (Caller, error) {
	now := s.Clock.Now()
	claims, err := s.Tokens.Verify(accessToken, now)
	if err != nil {
		return Caller{}, err
	}
	known, ok := s.holders.GetIfPresent(claims.SessionID)
	if !ok || now.Sub(known.asked) >= trust {
		holder, err := s.Directory.Holder(ctx, claims.SessionID, now)
		if err != nil {
			s.holders.Invalidate(claims.SessionID)
			return Caller{}, err
		}
		known = trusted{holder, now}
		s.holders.Set(claims.SessionID, known)
	}
	if known.holder.AccountID != claims.AccountID {
		return Caller{}, domain.ErrToken
	}
	return Caller{AccountID: claims.AccountID, SessionID: claims.SessionID, Roles: known.holder.Roles}, nil
}
