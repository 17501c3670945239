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

// Verification has the rules of addresses that nobody has confirmed.
type Verification struct {
	Mail  bool          // the store sends mail; otherwise the use cases that need it return domain.ErrNoMail
	Keep  time.Duration // until an unverified account without an order is erased
	First bool          // an account can be used once its address is confirmed; requires Mail
}

// RequestVerification requests a mail with a link that confirms an address, if it is that of an unverified account. It
// does the same work for every address, so that it does not reveal which ones have an account. It returns
// domain.ErrInvalid, domain.ErrNoMail, or domain.ErrTooMany.
func (s *Service) RequestVerification(ctx context.Context, address string, client Client) error {
	return s.requestByAddress(ctx, domain.MailVerify, address, client)
}

// RequestReset requests a mail with a link to choose a new password, if the address is that of an account. See
// RequestVerification.
func (s *Service) RequestReset(ctx context.Context, address string, client Client) error {
	return s.requestByAddress(ctx, domain.MailReset, address, client)
}

func (s *Service) requestByAddress(ctx context.Context, kind domain.MailKind, address string, client Client) error {
	if err := domain.CheckNewEmail(address); err != nil {
		return err
	}
	if err := s.admitMail(ctx, domain.EmailForm(address), client); err != nil {
		return err
	}
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		return st.Events.MailRequested(ctx, domain.MailRequested{
			Key: s.IDs.NewID(), Kind: kind, Address: domain.Spelled(address), At: s.Clock.Now(),
		})
	})
}

// admitMail counts a request for a mail by its subject, the network and the store. It returns domain.ErrNoMail when the
// store sends none, and domain.ErrTooMany.
func (s *Service) admitMail(ctx context.Context, subject string, client Client) error {
	if !s.Verification.Mail {
		return domain.ErrNoMail
	}
	limiters := s.Limits.Mail.limiters("mail", subject, domain.Network(client.Address))
	a, err := s.admit(ctx, limiters, id.Nil, "")
	if err != nil {
		return err
	}
	return a.count(ctx)
}

// RequestAddress requests a mail to a new address of an account with a link that confirms it. It does not reveal
// whether another account has the address. It returns domain.ErrInvalid and domain.ErrNoMail, and the faults of a
// password confirmation.
func (s *Service) RequestAddress(ctx context.Context, by Confirmation, address string) error {
	if err := domain.CheckNewEmail(address); err != nil {
		return err
	}
	account, err := s.confirm(ctx, by)
	if err != nil {
		return err
	}
	if err := s.admitMail(ctx, by.AccountID.String(), by.Client); err != nil {
		return err
	}
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		if account.Pending() {
			return s.awaitRegistration(ctx, st, account, address)
		}
		mail := s.notice(account, domain.MailChange)
		mail.BoundTo, mail.Address = account.Email(), domain.Spelled(address)
		return st.Events.MailRequested(ctx, mail)
	})
}

// awaitRegistration requests a mail to the address of a pending registration and stores when the account expires.
func (s *Service) awaitRegistration(ctx context.Context, st ports.Stores, a domain.Account, address string) error {
	address = domain.Spelled(address)
	if err := st.Unverified.Expire(ctx, a.ID(), address, s.Clock.Now().Add(s.Verification.Keep)); err != nil {
		return err
	}
	mail := s.notice(a, domain.MailRegister)
	mail.Address = address
	return st.Events.MailRequested(ctx, mail)
}

// notice returns a mail to an account, in the store's language if the account has none.
func (s *Service) notice(a domain.Account, kind domain.MailKind) domain.MailRequested {
	mail := a.Notice(s.IDs.NewID(), kind, s.Clock.Now())
	mail.Language = cmp.Or(mail.Language, s.Locale.Language)
	return mail
}

// SendMail sends a requested mail. The link of a mail is stored before it is sent, and is valid for an hour from the
// last attempt to send it, so that a mail that was delayed has a valid link. Nothing is sent when the request has no
// account, or its account has changed since.
func (s *Service) SendMail(ctx context.Context, m domain.MailRequested) error {
	if s.Mailer == nil {
		return domain.ErrNoMail
	}
	if _, linked := purposes[m.Kind]; !linked {
		if m.Address == "" { // a guest has none
			return nil
		}
		return s.Mailer.Send(ctx, mailOf(m))
	}
	account, err := s.holderOf(ctx, m)
	if errors.Is(err, domain.ErrAccountNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if m.Kind == domain.MailVerify && account.Pending() {
		m.Kind = domain.MailRegister
	}
	unconfirmed := m.Kind == domain.MailChange || m.Kind == domain.MailRegister
	if unconfirmed {
		if sent, err := s.tellHolder(ctx, m, account); sent || err != nil {
			return err
		}
	}
	mail := mailOf(s.notice(account, m.Kind)) // to the stored address, which the requested one may resemble only
	mail.Key, mail.At = m.Key, m.At
	if unconfirmed {
		mail.Address, mail.Name = m.Address, "" // nobody has confirmed that address yet
	}
	mail.Token, err = s.putLink(ctx, mail, purposes[m.Kind], account)
	if errors.Is(err, domain.ErrLink) { // an earlier attempt has sent the mail, and the link was used
		return nil
	}
	if err != nil {
		return err
	}
	return s.Mailer.Send(ctx, mail)
}

// purposes are the purposes of the links in mails.
var purposes = map[domain.MailKind]domain.LinkPurpose{
	domain.MailVerify: domain.LinkVerify, domain.MailReset: domain.LinkReset, domain.MailChange: domain.LinkChange,
	domain.MailRegister: domain.LinkRegister,
}

func mailOf(m domain.MailRequested) ports.Mail {
	return ports.Mail{
		Key: m.Key, Kind: m.Kind, Address: m.Address, Name: m.Name, Language: m.Language, Client: m.Client, At: m.At,
	}
}

// holderOf returns the account of a mail with a link. It returns domain.ErrAccountNotFound when there is none, or the
// mail does not apply to it.
func (s *Service) holderOf(ctx context.Context, m domain.MailRequested) (account domain.Account, err error) {
	if m.AccountID != id.Nil {
		account, err = s.Directory.Account(ctx, m.AccountID)
	} else {
		account, err = s.Directory.ByLogin(ctx, domain.NewLogin(m.Address))
		if errors.Is(err, domain.ErrAccountNotFound) && m.Kind == domain.MailVerify {
			account, err = s.Mailbox.Pending(ctx, m.Address)
		}
	}
	if err != nil {
		return account, err
	}
	if account.Suspended() || (m.Kind == domain.MailVerify && account.Verified()) ||
		(m.Kind == domain.MailChange && account.Email() != m.BoundTo) ||
		(m.Kind == domain.MailRegister && !account.Pending()) {
		return account, domain.ErrAccountNotFound
	}
	return account, nil
}

// tellHolder sends MailTaken instead of a link when another account has the address that a mail confirms.
func (s *Service) tellHolder(ctx context.Context, m domain.MailRequested, by domain.Account) (sent bool, err error) {
	holder, err := s.Directory.ByLogin(ctx, domain.NewLogin(m.Address))
	if errors.Is(err, domain.ErrAccountNotFound) || (err == nil && holder.ID() == by.ID()) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	mail := mailOf(s.notice(holder, domain.MailTaken))
	mail.Key = m.Key
	return true, s.Mailer.Send(ctx, mail)
}

// putLink stores the link of a mail and returns its token.
func (s *Service) putLink(
	ctx context.Context, m ports.Mail, purpose domain.LinkPurpose, account domain.Account,
) (string, error) {
	token, hash := s.Tokens.LinkToken(m.Key)
	link := domain.Link{
		ID: m.Key, Hash: hash, Purpose: purpose, AccountID: account.ID(), BoundTo: account.Email(), Address: m.Address,
		ExpiresAt: s.Clock.Now().Add(domain.LinkTTL),
	}
	return token, s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		if _, err := st.Accounts.Lock(ctx, account.ID()); err != nil {
			return err
		}
		return st.Links.Put(ctx, link)
	})
}

// ConfirmAddress confirms the address of an account, changes it, or completes a registration by the token of a link.
// After a change it tells the old address. It returns domain.ErrLink, or domain.ErrTooMany after too many invalid
// tokens.
func (s *Service) ConfirmAddress(ctx context.Context, token string, client Client) error {
	link, err := s.link(ctx, token)
	if err == nil {
		_, err = s.useLink(ctx, link, func(ctx context.Context, st ports.Stores, a *domain.Account) error {
			switch link.Purpose {
			case domain.LinkVerify, domain.LinkReset:
			case domain.LinkRegister: // it ends the other links, which are bound to no address
				if err := a.CompleteRegistration(link.Address, s.Clock.Now()); err != nil {
					return err
				}
			case domain.LinkChange:
				if err := st.Events.MailRequested(ctx, s.notice(*a, domain.MailAddressChanged)); err != nil {
					return err
				}
				a.ChangeEmail(link.Address, s.Clock.Now())
				if err := st.Links.Delete(ctx, a.ID()); err != nil {
					return err
				}
			}
			a.Verify(s.Clock.Now())
			return st.Unverified.Keep(ctx, a.ID())
		}, domain.LinkVerify, domain.LinkChange, domain.LinkRegister)
	}
	if errors.Is(err, domain.ErrTaken) {
		err = domain.ErrLink // another account has the address by now
	}
	return s.limited(ctx, err, client)
}

// ResetPassword replaces the password by the token of a link, ends all sessions, and confirms the address. It returns
// domain.ErrLink, domain.ErrInvalid for the password, domain.ErrBusy, or domain.ErrTooMany after too many invalid
// tokens.
func (s *Service) ResetPassword(ctx context.Context, token, password string, client Client) error {
	link, err := s.link(ctx, token)
	if err == nil {
		err = s.reset(ctx, link, password)
	}
	return s.limited(ctx, err, client)
}

func (s *Service) reset(ctx context.Context, link domain.Link, password string) error {
	account, err := s.Directory.Account(ctx, link.AccountID)
	if err == nil {
		err = link.Usable(account, s.Clock.Now(), domain.LinkReset)
	}
	if err != nil {
		return err
	}
	if err := account.CheckNewPassword(password); err != nil {
		return err
	}
	hash, err := s.Passwords.Hash(ctx, ports.Anonymous, password)
	if err != nil {
		return err
	}
	_, err = s.useLink(ctx, link, func(ctx context.Context, st ports.Stores, a *domain.Account) error {
		a.ChangePassword(hash)
		a.Verify(s.Clock.Now())
		return inOrder(
			func() error { return st.Sessions.EndAll(ctx, a.ID(), id.Nil, s.Clock.Now()) },
			func() error { return st.Unverified.Keep(ctx, a.ID()) },
			func() error { return st.Links.Delete(ctx, a.ID()) },
			func() error { return st.Events.MailRequested(ctx, s.notice(*a, domain.MailPasswordChanged)) },
		)
	}, domain.LinkReset)
	if err == nil {
		s.Log.InfoContext(ctx, "password reset", "account", link.AccountID)
	}
	return err
}

// link returns the link of a token.
func (s *Service) link(ctx context.Context, token string) (domain.Link, error) {
	return s.Mailbox.Link(ctx, s.Tokens.HashRefreshToken(token))
}

// useLink changes the account of a link and marks the link as used. Of two concurrent calls one returns domain.ErrLink.
func (s *Service) useLink(
	ctx context.Context, link domain.Link,
	fn func(ctx context.Context, st ports.Stores, a *domain.Account) error, purposes ...domain.LinkPurpose,
) (identity.Account, error) {
	return s.change(ctx, link.AccountID, func(ctx context.Context, st ports.Stores, a *domain.Account) error {
		now := s.Clock.Now()
		if err := link.Usable(*a, now, purposes...); err != nil {
			return err
		}
		if err := st.Links.Use(ctx, link.ID, now); err != nil {
			return err
		}
		return fn(ctx, st, a)
	})
}

// limited counts an invalid token and returns the error of the attempt. The account of a link that was erased is no
// reason to tell so.
func (s *Service) limited(ctx context.Context, err error, client Client) error {
	if !errors.Is(err, domain.ErrLink) && !errors.Is(err, domain.ErrAccountNotFound) {
		return err
	}
	limiters := s.Limits.Refresh.limiters("link", "", domain.Network(client.Address))
	a, err := s.admit(ctx, limiters, id.Nil, "")
	if err != nil {
		return err
	}
	return a.failed(ctx, domain.ErrLink)
}

// Buyers reports which accounts have an order.
type Buyers func(ctx context.Context, accountIDs []id.ID) (map[id.ID]bool, error)

// expireBatch is the number of accounts that one call of ExpireUnverified examines.
const expireBatch = 100

// ExpireUnverified erases accounts that were not verified in time and have no order. Those with an order are kept.
func (s *Service) ExpireUnverified(ctx context.Context, buyers Buyers) error {
	expired, err := s.Mailbox.Expired(ctx, s.Clock.Now(), expireBatch)
	if err != nil || len(expired) == 0 {
		return err
	}
	bought, err := buyers(ctx, expired)
	if err != nil {
		return err
	}
	for _, accountID := range expired {
		if err := s.expire(ctx, accountID, bought[accountID]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) expire(ctx context.Context, accountID id.ID, keep bool) error {
	_, err := s.change(ctx, accountID, func(ctx context.Context, st ports.Stores, a *domain.Account) error {
		if keep && a.Pending() { // its holder can still confirm the address
			return st.Unverified.Expire(ctx, accountID, "", s.Clock.Now().Add(s.Verification.Keep))
		}
		if err := st.Unverified.Keep(ctx, accountID); err != nil || keep || a.Verified() {
			return err
		}
		return s.erase(ctx, st, a)
	})
	if errors.Is(err, domain.ErrAccountNotFound) {
		return nil
	}
	return err
}
