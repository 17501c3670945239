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

// StartGuest creates a guest's account with a session. The account is erased if it is not registered and has no order
// by the time in which unverified accounts expire. It returns domain.ErrTooMany.
func (s *Service) StartGuest(ctx context.Context, client Client) (Grant, error) {
	if err := s.admitRegistration(ctx, client); err != nil {
		return Grant{}, err
	}
	guest := domain.NewGuest(s.IDs.NewID(), s.Clock.Now())
	err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		if err := st.Accounts.Insert(ctx, guest); err != nil {
			return err
		}
		return st.Unverified.Expire(ctx, guest.ID(), "", s.Clock.Now().Add(s.Verification.Keep))
	})
	if err != nil {
		return Grant{}, err
	}
	return s.start(ctx, guest, client, time.Time{})
}

// RegisterGuest gives a guest's account an address, a handle and a password. The account keeps its sessions, its cart,
// its orders and its library. If addresses are to be confirmed first, it stays a guest's until then, and a repeated
// call replaces the registration. It returns domain.ErrInvalid, domain.ErrTaken, domain.ErrHandleTaken for a pending
// account, domain.ErrRegistered, domain.ErrBusy, or domain.ErrTooMany.
func (s *Service) RegisterGuest(
	ctx context.Context, accountID id.ID, r domain.Registration, client Client,
) (identity.Account, error) {
	if err := r.Check(s.Names); err != nil {
		return identity.Account{}, err
	}
	account, err := s.Directory.Account(ctx, accountID)
	if err != nil {
		return identity.Account{}, err
	}
	if !account.Guest() {
		return identity.Account{}, domain.ErrRegistered
	}
	if err := s.admitRegistration(ctx, client); err != nil {
		return identity.Account{}, err
	}
	if s.Verification.First {
		if err := s.admitMail(ctx, domain.EmailForm(r.Email), client); err != nil {
			return identity.Account{}, err
		}
	}
	hash, err := s.Passwords.Hash(ctx, ports.Anonymous, r.Password)
	if err != nil {
		return identity.Account{}, err
	}
	view, err := s.change(ctx, accountID, func(ctx context.Context, st ports.Stores, a *domain.Account) error {
		if s.Verification.First {
			return s.replaceRegistration(ctx, st, a, r, hash)
		}
		if err := a.Register(r, hash); err != nil {
			return err
		}
		if !s.Verification.Mail {
			return st.Unverified.Keep(ctx, accountID)
		}
		return s.awaitVerification(ctx, st, *a)
	})
	if errors.Is(err, domain.ErrHandleTaken) && !s.Verification.First {
		err = domain.ErrTaken
	}
	if err == nil {
		s.Log.InfoContext(ctx, "guest registered", "account", accountID)
	}
	return view, err
}

// replaceRegistration makes a guest's account await a registration. Links of an earlier one end.
func (s *Service) replaceRegistration(
	ctx context.Context, st ports.Stores, a *domain.Account, r domain.Registration, hash string,
) error {
	if err := a.Await(r, hash); err != nil {
		return err
	}
	if err := st.Links.Delete(ctx, a.ID()); err != nil {
		return err
	}
	return s.awaitRegistration(ctx, st, *a, r.Email)
}

// admitRegistration counts a registration. It returns domain.ErrTooMany.
func (s *Service) admitRegistration(ctx context.Context, client Client) error {
	a, err := s.admit(ctx, s.Limits.Register.limiters("register", "", domain.Network(client.Address)), id.Nil, "")
	if err == nil {
		err = a.count(ctx)
	}
	return err
}
