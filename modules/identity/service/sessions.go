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

// Grant is the result of a sign-in or a refresh.
type Grant struct {
	AccessToken  string
	ExpiresIn    time.Duration
	RefreshToken string
	Account      identity.Account
}

// Caller is the account and the session of an access token.
type Caller struct {
	AccountID id.ID
	SessionID id.ID
	Roles     []string
}

// SignIn starts a session. It returns domain.ErrCredentials for an unknown login, a wrong password and a suspended
// account, and takes the same time for each, so that it does not reveal which logins exist. It returns
// domain.ErrPending when the right password is of a registration that awaits its confirmation. After too many failures
// it returns domain.ErrTooMany without verifying the password, except on a network where the account has signed in
// before. It returns domain.ErrBusy when too many passwords are being hashed.
func (s *Service) SignIn(ctx context.Context, loginText, password string, client Client) (Grant, error) {
	login, network := domain.NewLogin(loginText), domain.Network(client.Address)
	account, err := s.Directory.ByLogin(ctx, login)
	if err != nil && !errors.Is(err, domain.ErrAccountNotFound) {
		return Grant{}, err
	}
	// Attempts are counted by login, whether it exists or not.
	limiters := s.Limits.SignIn.limiters("sign-in", cmp.Or(login.Form, login.Spelled), network)
	a, err := s.check(ctx, limiters, account.ID(), network)
	if err != nil {
		return Grant{}, err
	}
	if err := a.rejected(); err != nil {
		s.logFailure(ctx, account, network, "too many attempts")
		return Grant{}, err
	}
	lane := ports.Anonymous
	if a.trusted {
		lane = ports.Known
	}
	ok, err := s.Passwords.Verify(ctx, lane, password, account.PasswordHash())
	if err != nil {
		return Grant{}, err
	}
	if !ok {
		s.logFailure(ctx, account, network, "wrong login or password")
		return Grant{}, a.failed(ctx, domain.ErrCredentials)
	}
	if account.Pending() {
		return Grant{}, domain.ErrPending
	}
	grant, err := s.start(ctx, account, client, a.seen)
	if errors.Is(err, domain.ErrCredentials) {
		s.logFailure(ctx, account, network, "the account is suspended or erased")
		err = a.failed(ctx, err)
	}
	return grant, err
}

// logFailure logs a failed sign-in, without the login, which may be a password that was typed into the wrong field.
func (s *Service) logFailure(ctx context.Context, account domain.Account, network, reason string) {
	attrs := []any{"network", network, "reason", reason}
	if account.ID() != id.Nil {
		attrs = append(attrs, "account", account.ID())
	}
	s.Log.InfoContext(ctx, "sign-in failed", attrs...)
	if s.Failed != nil {
		s.Failed(ctx, reason)
	}
}

// start starts a session after the password was verified, and stores its network once a day. It returns
// ErrCredentials when the account is suspended or has been erased.
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
			if err := st.Sessions.StoreNetwork(ctx, account.ID(), network, now); err != nil {
				return err
			}
		}
		if err := s.tellOfDevice(ctx, st, locked, session, network); err != nil {
			return err
		}
		return st.Sessions.Insert(ctx, session, hash)
	})
	if err != nil {
		return Grant{}, err
	}
	s.Log.InfoContext(ctx, "signed in", "account", account.ID(), "session", session.ID, "network", network)
	return s.grant(session, token, s.view(account))
}

// tellOfDevice requests a mail about a sign-in from a new device: another client, or another network.
func (s *Service) tellOfDevice(
	ctx context.Context, st ports.Stores, a domain.Account, session domain.Session, network string,
) error {
	device := domain.BucketOf("device", session.Client, network)
	isNew, err := st.Sessions.StoreDevice(ctx, a.ID(), device, session.CreatedAt)
	if err != nil || !isNew {
		return err
	}
	mail := s.notice(a, domain.MailNewDevice)
	mail.Client = session.Client
	return st.Events.MailRequested(ctx, mail)
}

const day = 24 * time.Hour

func (s *Service) grant(session domain.Session, refreshToken string, account identity.Account) (Grant, error) {
	now := s.Clock.Now()
	access, err := s.Tokens.Sign(ports.Claims{
		AccountID: session.AccountID, SessionID: session.ID, ExpiresAt: now.Add(s.Lifetimes.Access),
	}, now)
	return Grant{
		AccessToken: access, ExpiresIn: s.Lifetimes.Access, RefreshToken: refreshToken, Account: account,
	}, err
}

// repeatable is the time in which a refresh may be repeated, for a lost response or a second browser tab.
const repeatable = 10 * time.Second

// Refresh exchanges a refresh token for a new access token and the successor of the refresh token. For ten seconds,
// while the successor is unused, it returns the same successor again. Any later reuse suggests that a token was
// stolen: it revokes the session. It returns domain.ErrRefreshToken, or domain.ErrTooMany after too many invalid
// tokens.
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
		s.Log.WarnContext(ctx, "refresh token reused, session revoked",
			"account", session.AccountID, "session", session.ID)
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

// badRefresh counts an invalid refresh token. Valid ones are not limited, because they cannot be guessed.
func (s *Service) badRefresh(ctx context.Context, accountID id.ID, client Client) error {
	subject := ""
	if accountID != id.Nil {
		subject = accountID.String()
	}
	limiters := s.Limits.Refresh.limiters("refresh", subject, domain.Network(client.Address))
	a, err := s.admit(ctx, limiters, id.Nil, "")
	if err != nil {
		return err
	}
	return a.failed(ctx, domain.ErrRefreshToken)
}

// Sessions returns an account's live sessions.
func (s *Service) Sessions(ctx context.Context, accountID id.ID) ([]domain.Session, error) {
	return s.Directory.Sessions(ctx, accountID, s.Clock.Now())
}

// SignOut ends a session of an account. It returns domain.ErrSessionNotFound.
func (s *Service) SignOut(ctx context.Context, accountID, sessionID id.ID) error {
	err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		return st.Sessions.End(ctx, accountID, sessionID, s.Clock.Now())
	})
	s.holders.Remove(sessionID)
	return err
}

// Authenticate returns the caller of an access token, or domain.ErrToken. It caches the state of a session for a
// second.
func (s *Service) Authenticate(ctx context.Context, accessToken string) (Caller, error) {
	now := s.Clock.Now()
	claims, err := s.Tokens.Verify(accessToken, now)
	if err != nil {
		return Caller{}, err
	}
	cached, ok := s.holders.Get(claims.SessionID)
	if !ok || now.Sub(cached.at) >= holderMaxAge {
		holder, err := s.Directory.Holder(ctx, claims.SessionID, now)
		if err != nil {
			s.holders.Remove(claims.SessionID)
			return Caller{}, err
		}
		cached = cachedHolder{holder, now}
		s.holders.Add(claims.SessionID, cached)
	}
	if cached.holder.AccountID != claims.AccountID {
		return Caller{}, domain.ErrToken
	}
	return Caller{AccountID: claims.AccountID, SessionID: claims.SessionID, Roles: cached.holder.Roles}, nil
}
