package service

import (
	"cmp"
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
// logins exist. After too many failures it returns ErrTooMany without checking the password, except on a network where the
// account has signed in before.
func (s *Service) SignIn(ctx context.Context, written, password string, client Client) (Grant, error) {
	login, network := domain.NewLogin(written), domain.Network(client.Address)
	account, err := s.Directory.ByLogin(ctx, login)
	if err != nil && !errors.Is(err, domain.ErrAccountNotFound) {
		return Grant{}, err
	}
	// Attempts count by what was written, whether such an account exists or not.
	st, err := s.stand(ctx, s.Limits.SignIn.meters("sign-in", cmp.Or(login.Form, login.Spelled),
		network), account.ID(), network)
	if err != nil {
		return Grant{}, err
	}
	if err := st.refused(); err != nil {
		s.logFailure(ctx, account, network, "too many attempts")
		return Grant{}, err
	}
	lane := ports.Anonymous
	if st.trusted {
		lane = ports.Known
	}
	ok, err := s.Passwords.Verify(ctx, lane, password, account.PasswordHash())
	if err != nil {
		return Grant{}, err
	}
	if !ok {
		s.logFailure(ctx, account, network, "wrong login or password")
		return Grant{}, st.failed(ctx, domain.ErrCredentials)
	}
	grant, err := s.start(ctx, account, client, st.seen)
	if errors.Is(err, domain.ErrCredentials) {
		s.logFailure(ctx, account, network, "the account is suspended or erased")
		err = st.failed(ctx, err)
	}
	return grant, err
}

// logFailure logs a failed sign-in. What was written is not logged: it may be the password.
func (s *Service) logFailure(ctx context.Context, account domain.Account, network, why string) {
	attrs := []any{"network", network, "reason", why}
	if account.ID() != id.Nil {
		attrs = append(attrs, "account", account.ID())
	}
	s.Log.InfoContext(ctx, "sign-in failed", attrs...)
}

// start starts a session for an account whose password was right, and notes where, once a day. It returns ErrCredentials
// when the account is suspended, or was erased in between.
func (s *Service) start(ctx context.Context, account domain.Account, client Client, seen time.Time) (Grant, error) {
	now, network := s.Clock.Now(), domain.Network(client.Address)
	session := domain.NewSession(s.IDs.NewID(), account.ID(), client.Agent, now, s.Lifetimes.Session)
	token, hash := s.Tokens.NewRefreshToken()
	err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		// The lock prevents a session from starting for an account that is being erased or suspended.
		locked, err := st.Accounts.Lock(ctx, account.ID())
		switch {
		case errors.Is(err, domain.ErrAccountNotFound) || (err == nil && locked.Suspended()):
			return domain.ErrCredentials
		case err != nil:
			return err
		}
		if network != "" && now.Sub(seen) >= day {
			if err := st.Sessions.Know(ctx, account.ID(), network, now); err != nil {
				return err
			}
		}
		return st.Sessions.Insert(ctx, session, hash)
	})
	if err != nil {
		return Grant{}, err
	}
	s.Log.InfoContext(ctx, "signed in", "account", account.ID(), "session", session.ID, "network", network)
	return s.grant(session, token, s.view(account))
}

const day = 24 * time.Hour

func (s *Service) grant(session domain.Session, refreshToken string, account identity.Account) (Grant, error) {
	now := s.Clock.Now()
	claims := ports.Claims{AccountID: session.AccountID, SessionID: session.ID, ExpiresAt: now.Add(s.Lifetimes.Access)}
	access, err := s.Tokens.Sign(claims, now)
	return Grant{AccessToken: access, ExpiresIn: s.Lifetimes.Access, RefreshToken: refreshToken, Account: account}, err
}

// repeatable is how long a refresh may be repeated, because its answer was lost or another tab sent it too.
const repeatable = 10 * time.Second

// Refresh trades a refresh token for a new pair. For ten seconds, and while its successor is unused, it returns the same
// successor again. Later reuse means that the token or its successor was stolen: the whole session is revoked.
func (s *Service) Refresh(ctx context.Context, refreshToken string, client Client) (Grant, error) {
	next, nextHash := s.Tokens.Successor(refreshToken)
	var session domain.Session
	reused := false
	err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		locked, use, err := st.Sessions.LockByToken(ctx, s.Tokens.HashRefreshToken(refreshToken), nextHash)
		if err != nil {
			return err
		}
		session, reused = locked, false
		now := s.Clock.Now()
		if !session.Alive(now) {
			return domain.ErrRefreshToken
		}
		if use.UsedAt != nil {
			reused = !use.SuccessorUnused || now.Sub(*use.UsedAt) >= repeatable
			if reused {
				return st.Sessions.End(ctx, session.AccountID, session.ID, now)
			}
			return nil
		}
		if session.Extend(now, s.Lifetimes.Session); !session.Alive(now) {
			return domain.ErrRefreshToken
		}
		return st.Sessions.Rotate(ctx, session, nextHash)
	})
	if err == nil && reused {
		s.holders.Remove(session.ID)
		s.Log.WarnContext(ctx, "refresh token reused, session revoked", "account", session.AccountID, "session", session.ID)
		err = domain.ErrRefreshToken
	}
	if errors.Is(err, domain.ErrRefreshToken) {
		return Grant{}, s.badRefresh(ctx, session.AccountID, client)
	}
	if err != nil {
		return Grant{}, err
	}
	account, err := s.Directory.Account(ctx, session.AccountID)
	if errors.Is(err, domain.ErrAccountNotFound) || (err == nil && account.Suspended()) {
		return Grant{}, domain.ErrRefreshToken
	}
	if err != nil {
		return Grant{}, err
	}
	return s.grant(session, next, s.view(account))
}

// badRefresh counts a refresh token that is no good. Good ones are never refused: nobody can guess one.
func (s *Service) badRefresh(ctx context.Context, accountID id.ID, client Client) error {
	subject := ""
	if accountID != id.Nil {
		subject = accountID.String()
	}
	st, err := s.admit(ctx, s.Limits.Refresh.meters("refresh", subject, domain.Network(client.Address)), id.Nil, "")
	if err != nil {
		return err
	}
	return st.failed(ctx, domain.ErrRefreshToken)
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
	s.holders.Remove(sessionID)
	return err
}

// Authenticate tells who holds an access token. A session is asked after at most once a second.
func (s *Service) Authenticate(ctx context.Context, accessToken string) (Caller, error) {
	now := s.Clock.Now()
	claims, err := s.Tokens.Verify(accessToken, now)
	if err != nil {
		return Caller{}, err
	}
	known, ok := s.holders.Get(claims.SessionID)
	if !ok || now.Sub(known.asked) >= trust {
		holder, err := s.Directory.Holder(ctx, claims.SessionID, now)
		if err != nil {
			s.holders.Remove(claims.SessionID)
			return Caller{}, err
		}
		known = trusted{holder, now}
		s.holders.Add(claims.SessionID, known)
	}
	if known.holder.AccountID != claims.AccountID {
		return Caller{}, domain.ErrToken
	}
	return Caller{AccountID: claims.AccountID, SessionID: claims.SessionID, Roles: known.holder.Roles}, nil
}
