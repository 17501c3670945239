// Package service has the use cases of identity.
package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/clock"
	"coinslot/platform/id"

	lru "github.com/hashicorp/golang-lru/v2"
)

// The cache of session holders.
const (
	holderMaxAge    = time.Second
	holderCacheSize = 100_000
)

// Lifetimes are the lifetimes of access tokens and sessions.
type Lifetimes struct {
	Access  time.Duration
	Session domain.Lifetimes
}

// Deps are the dependencies of the use cases.
type Deps struct {
	Work      ports.UnitOfWork
	Directory ports.Directory
	Attempts  ports.Attempts
	Upkeep    ports.Upkeep
	Passwords ports.Passwords
	Tokens    ports.Tokens
	Clock     clock.Clock
	IDs       id.Source
	Lifetimes Lifetimes
	Locale    Locale
	Limits    Limits
	Mailbox   ports.Mailbox
	Mailer    ports.Mailer
	Names     domain.Names // the store's own names
	Log       *slog.Logger // sign-ins and changes of accounts, without secrets
	// Failed counts failed sign-ins by reason; nil: they are not counted.
	Failed func(ctx context.Context, reason string)

	Verification Verification
}

// Locale has the country and the language of accounts that have none of their own.
type Locale struct {
	Country  string
	Language string
}

// Service implements identity.Accounts and the use cases of owners and operators.
type Service struct {
	Deps
	holders *lru.Cache[id.ID, cachedHolder]
}

type cachedHolder struct {
	holder ports.Holder
	at     time.Time
}

// New returns the use cases.
func New(deps Deps) (*Service, error) {
	holders, err := lru.New[id.ID, cachedHolder](holderCacheSize)
	if err != nil {
		return nil, fmt.Errorf("create the cache of session holders: %w", err)
	}
	return &Service{Deps: deps, holders: holders}, nil
}

// RegisterFrom registers an account with the rate limits of registrations. If addresses are to be confirmed first, the
// account is pending and has no address: the result is the same whether another account has the address, and the mail
// decides what its holder reads. It returns the errors of Register, domain.ErrTooMany, and for a pending account
// domain.ErrHandleTaken instead of domain.ErrTaken.
func (s *Service) RegisterFrom(ctx context.Context, r domain.Registration, client Client) (identity.Account, error) {
	if err := r.Check(s.Names); err != nil {
		return identity.Account{}, err
	}
	if err := s.admitRegistration(ctx, client); err != nil {
		return identity.Account{}, err
	}
	if s.Verification.First {
		return s.registerPending(ctx, r, client)
	}
	return s.register(ctx, r, false)
}

// registerPending also counts a mail to the address, because any number of registrations may name it.
func (s *Service) registerPending(
	ctx context.Context, r domain.Registration, client Client,
) (identity.Account, error) {
	if err := s.admitMail(ctx, domain.EmailForm(r.Email), client); err != nil {
		return identity.Account{}, err
	}
	hash, err := s.Passwords.Hash(ctx, ports.Anonymous, r.Password)
	if err != nil {
		return identity.Account{}, err
	}
	account := domain.NewPendingAccount(s.IDs.NewID(), r, hash, s.Clock.Now())
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		if err := st.Accounts.Insert(ctx, account); err != nil {
			return err
		}
		return s.awaitRegistration(ctx, st, account, r.Email)
	})
	if errors.Is(err, domain.ErrTaken) {
		err = domain.ErrHandleTaken
	}
	if err == nil {
		s.Log.InfoContext(ctx, "registration awaits confirmation", "account", account.ID())
	}
	return s.view(account), err
}

// awaitVerification requests a mail to a new account and stores when it expires.
func (s *Service) awaitVerification(ctx context.Context, st ports.Stores, a domain.Account) error {
	if err := st.Unverified.Expire(ctx, a.ID(), "", s.Clock.Now().Add(s.Verification.Keep)); err != nil {
		return err
	}
	return st.Events.MailRequested(ctx, s.notice(a, domain.MailVerify))
}

// Register creates a verified account for an operator. It returns domain.ErrInvalid, domain.ErrTaken or domain.ErrBusy.
func (s *Service) Register(ctx context.Context, r domain.Registration) (identity.Account, error) {
	if err := r.Check(s.Names); err != nil {
		return identity.Account{}, err
	}
	return s.register(ctx, r, true)
}

func (s *Service) register(ctx context.Context, r domain.Registration, verified bool) (identity.Account, error) {
	hash, err := s.Passwords.Hash(ctx, ports.Anonymous, r.Password)
	if err != nil {
		return identity.Account{}, err
	}
	account := domain.NewAccount(s.IDs.NewID(), r, hash, s.Clock.Now())
	if verified {
		account.Verify(s.Clock.Now())
	}
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		if err := st.Accounts.Insert(ctx, account); err != nil || verified || !s.Verification.Mail {
			return err
		}
		return s.awaitVerification(ctx, st, account)
	})
	if err == nil {
		s.Log.InfoContext(ctx, "account registered", "account", account.ID())
	}
	return s.view(account), err
}

// view returns the view of an account, with the store's country and language where it has none of its own.
func (s *Service) view(a domain.Account) identity.Account {
	view := a.View()
	view.Country, view.Language = cmp.Or(view.Country, s.Locale.Country), cmp.Or(view.Language, s.Locale.Language)
	return view
}

// Account implements identity.Accounts.
func (s *Service) Account(ctx context.Context, accountID id.ID) (identity.Account, error) {
	account, err := s.Directory.Account(ctx, accountID)
	return s.view(account), err
}

// Change changes an account. A version other than 0 must be the current one, otherwise it returns domain.ErrStale.
func (s *Service) Change(
	ctx context.Context, accountID id.ID, version int64, changes domain.Changes,
) (identity.Account, error) {
	return s.change(ctx, accountID, func(_ context.Context, _ ports.Stores, a *domain.Account) error {
		if version != 0 && version != a.Snapshot().Version {
			return domain.ErrStale
		}
		return a.Change(changes, s.Names)
	})
}

// ChangePassword replaces the password and ends all other sessions.
func (s *Service) ChangePassword(ctx context.Context, sessionID id.ID, by Confirmation, next string) error {
	account, err := s.confirm(ctx, by)
	if err != nil {
		return err
	}
	if err := account.CheckNewPassword(next); err != nil {
		return err
	}
	hash, err := s.Passwords.Hash(ctx, ports.Known, next)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, by.AccountID, func(ctx context.Context, st ports.Stores, a *domain.Account) error {
		if a.PasswordHash() != account.PasswordHash() {
			return domain.ErrPassword // it was changed concurrently
		}
		a.ChangePassword(hash)
		return inOrder(
			func() error { return st.Sessions.EndAll(ctx, by.AccountID, sessionID, s.Clock.Now()) },
			func() error { return st.Links.Delete(ctx, by.AccountID) },
			func() error { return st.Events.MailRequested(ctx, s.notice(*a, domain.MailPasswordChanged)) },
		)
	})
	if err == nil {
		s.Log.InfoContext(ctx, "password changed", "account", by.AccountID)
	}
	return err
}

// Erase erases the personal data of an account and publishes identity.AccountErased.
func (s *Service) Erase(ctx context.Context, by Confirmation) error {
	if _, err := s.confirm(ctx, by); err != nil {
		return err
	}
	_, err := s.change(ctx, by.AccountID, func(ctx context.Context, st ports.Stores, a *domain.Account) error {
		if err := st.Events.MailRequested(ctx, s.notice(*a, domain.MailErased)); err != nil {
			return err
		}
		return s.erase(ctx, st, a)
	})
	if err == nil {
		s.Log.InfoContext(ctx, "account erased", "account", by.AccountID)
	}
	return err
}

// erase erases a locked account and all that identity stores of it.
func (s *Service) erase(ctx context.Context, st ports.Stores, a *domain.Account) error {
	a.Erase(s.Clock.Now())
	return inOrder(
		func() error { return st.Sessions.Delete(ctx, a.ID()) },
		func() error { return st.Links.Delete(ctx, a.ID()) },
		func() error { return st.Unverified.Keep(ctx, a.ID()) },
		func() error { return st.Events.AccountErased(ctx, identity.AccountErased{AccountID: a.ID()}) },
	)
}

// inOrder runs steps until one fails, and returns its error.
func inOrder(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// Confirmation is the password of a signed-in account, for sensitive changes.
type Confirmation struct {
	AccountID id.ID
	Password  string
	Client    Client
}

// confirm returns the account when the password is right. It returns domain.ErrPassword, domain.ErrTooMany or
// domain.ErrBusy.
func (s *Service) confirm(ctx context.Context, by Confirmation) (domain.Account, error) {
	account, err := s.Directory.Account(ctx, by.AccountID)
	if err != nil {
		return domain.Account{}, err
	}
	network := domain.Network(by.Client.Address)
	limiters := s.Limits.Password.limiters("password", by.AccountID.String(), network)
	a, err := s.admit(ctx, limiters, by.AccountID, network)
	if err != nil {
		return domain.Account{}, err
	}
	ok, err := s.Passwords.Verify(ctx, ports.Known, by.Password, account.PasswordHash())
	if err == nil && !ok {
		s.Log.InfoContext(ctx, "password confirmation failed", "account", by.AccountID, "network", network)
		err = a.failed(ctx, domain.ErrPassword)
	}
	return account, err
}

func (s *Service) change(
	ctx context.Context, accountID id.ID, fn func(ctx context.Context, st ports.Stores, a *domain.Account) error,
) (identity.Account, error) {
	var view identity.Account
	err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		account, err := st.Accounts.Lock(ctx, accountID)
		if err != nil {
			return err
		}
		if err := fn(ctx, st, &account); err != nil {
			return err
		}
		view = s.view(account)
		view.Version++
		return st.Accounts.Update(ctx, account)
	})
	return view, err
}
