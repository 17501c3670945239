package service_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/modules/identity/service"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

// letters implements ports.Mailer and keeps the mails.
type letters struct {
	sent []ports.Mail
	fail error
}

// Send keeps a mail, or returns an error.
func (l *letters) Send(_ context.Context, m ports.Mail) error {
	if l.fail != nil {
		return l.fail
	}
	l.sent = append(l.sent, m)
	return nil
}

// mailFixture is a fixture that sends mail.
type mailFixture struct {
	fixture
	mails *letters
	done  map[id.ID]bool
}

func newMailFixture(t *testing.T) *mailFixture {
	t.Helper()
	f := &mailFixture{fixture: newFixture(t), mails: &letters{}, done: map[id.ID]bool{}}
	f.Mailer, f.Mailbox = f.mails, f.store
	f.Verification = service.Verification{Mail: true, Keep: 30 * 24 * time.Hour}
	f.Limits.Mail = limit
	f.Locale = service.Locale{Country: "AT", Language: "en"}
	return f
}

// deliver runs the jobs of the requested mails, and returns the mails that were sent to an address.
func (f *mailFixture) deliver(t *testing.T, address string) (out []ports.Mail) {
	t.Helper()
	for _, m := range f.store.Mails() {
		if f.done[m.Key] {
			continue
		}
		require.NoError(t, f.SendMail(t.Context(), m))
		f.done[m.Key] = true
	}
	for _, m := range f.mails.sent {
		if m.Address == address {
			out = append(out, m)
		}
	}
	return out
}

// signUp registers an unverified account.
func (f *mailFixture) signUp(t *testing.T, name string) identity.Account {
	t.Helper()
	account, err := f.RegisterFrom(t.Context(), domain.Registration{
		Email: name + "@example.com", Handle: name, DisplayName: name, Password: password,
	}, home)
	require.NoError(t, err)
	return account
}

// last returns the newest mail of a kind to an address.
func (f *mailFixture) last(t *testing.T, address string, kind domain.MailKind) ports.Mail {
	t.Helper()
	mails := f.deliver(t, address)
	require.NotEmpty(t, mails)
	require.Equal(t, kind, mails[len(mails)-1].Kind)
	return mails[len(mails)-1]
}

func TestRegister_ConfirmsAddressByLink(t *testing.T) {
	t.Parallel()
	f := newMailFixture(t)
	account := f.signUp(t, "ada")
	require.False(t, account.Verified)
	mail := f.last(t, "ada@example.com", domain.MailVerify)
	require.Empty(t, mail.Name, "a stranger may have chosen the name")
	require.NoError(t, f.ConfirmAddress(t.Context(), mail.Token, home))
	account, err := f.Account(t.Context(), account.ID)
	require.NoError(t, err)
	require.True(t, account.Verified)
	require.ErrorIs(t, f.ConfirmAddress(t.Context(), mail.Token, home), domain.ErrLink, "it was used")
	require.NoError(t, f.RequestVerification(t.Context(), "ada@example.com", home))
	require.Len(t, f.deliver(t, "ada@example.com"), 1, "a confirmed address needs no mail")
}

func TestReset_LinkIsUsedOnce_AndEndsSessions(t *testing.T) {
	t.Parallel()
	f := newMailFixture(t)
	account, grant := f.register(t, "ada")
	for range 2 {
		require.NoError(t, f.RequestReset(t.Context(), "ADA@example.com", home))
	}
	mails := f.deliver(t, "ada@example.com")
	require.Len(t, mails, 2)
	const next = "another long sentence"
	require.ErrorIs(t, f.ResetPassword(t.Context(), mails[0].Token, "short", home), domain.ErrInvalid)
	require.ErrorIs(t, f.ConfirmAddress(t.Context(), mails[0].Token, home), domain.ErrLink, "it is for a reset")
	require.NoError(t, f.ResetPassword(t.Context(), mails[0].Token, next, home))
	for _, used := range mails {
		require.ErrorIs(t, f.ResetPassword(t.Context(), used.Token, next, home), domain.ErrLink)
	}
	f.clock.Advance(time.Second)
	_, err := f.Authenticate(t.Context(), grant.AccessToken)
	require.ErrorIs(t, err, domain.ErrToken)
	_, err = f.SignIn(t.Context(), "ada", password, home)
	require.ErrorIs(t, err, domain.ErrCredentials)
	_, err = f.SignIn(t.Context(), "ada", next, home)
	require.NoError(t, err)
	require.Equal(t, account.ID, grant.Account.ID)
	f.last(t, "ada@example.com", domain.MailPasswordChanged)
}

func TestReset_UnknownExpiredOrForeignLink_ReturnsErrLink(t *testing.T) {
	t.Parallel()
	f := newMailFixture(t)
	f.register(t, "ada")
	require.NoError(t, f.RequestReset(t.Context(), "ada@example.com", home))
	mail := f.last(t, "ada@example.com", domain.MailReset)
	const next = "another long sentence"
	for _, token := range []string{"", "unknown", mail.Token + "x", mail.Key.String()} {
		require.ErrorIs(t, f.ResetPassword(t.Context(), token, next, home), domain.ErrLink)
	}
	f.clock.Advance(domain.LinkTTL)
	require.ErrorIs(t, f.ResetPassword(t.Context(), mail.Token, next, home), domain.ErrLink)
}

func TestReset_TwoAtOnce_HaveOneWinner(t *testing.T) {
	t.Parallel()
	f := newMailFixture(t)
	f.register(t, "ada")
	require.NoError(t, f.RequestReset(t.Context(), "ada@example.com", home))
	token := f.last(t, "ada@example.com", domain.MailReset).Token
	passwords := []string{"the first long sentence", "the second long sentence"}
	results := make([]error, len(passwords))
	var group sync.WaitGroup
	for i, next := range passwords {
		group.Go(func() { results[i] = f.ResetPassword(t.Context(), token, next, home) })
	}
	group.Wait()
	for i, err := range results {
		_, signIn := f.SignIn(t.Context(), "ada", passwords[i], home)
		require.Equal(t, err == nil, signIn == nil)
		require.ErrorIs(t, results[1-i], map[bool]error{true: domain.ErrLink, false: nil}[err == nil])
	}
}

func TestReset_UnknownAddress_SameWorkAndNoMail(t *testing.T) {
	t.Parallel()
	f := newMailFixture(t)
	f.register(t, "ada")
	for _, address := range []string{"ada@example.com", "nobody@example.com"} {
		require.NoError(t, f.RequestReset(t.Context(), address, home))
	}
	require.Len(t, f.store.Mails(), 2, "one job each")
	require.Empty(t, f.deliver(t, "nobody@example.com"))
	require.ErrorIs(t, f.RequestReset(t.Context(), "not an address", home), domain.ErrInvalid)
	for range 4 {
		require.NoError(t, f.RequestReset(t.Context(), "nobody@example.com", home))
	}
	require.ErrorIs(t, f.RequestReset(t.Context(), "nobody@example.com", home), domain.ErrTooMany)
}

func TestReset_SimilarSpelling_GoesToTheStoredAddress(t *testing.T) {
	t.Parallel()
	f := newMailFixture(t)
	f.register(t, "ada")
	require.NoError(t, f.RequestReset(t.Context(), "ada@\uff45xample.com", home))
	f.last(t, "ada@example.com", domain.MailReset)
}

func TestChangeEmail_ConfirmedAtNewAddress_ToldToOldOne(t *testing.T) {
	t.Parallel()
	f := newMailFixture(t)
	account, _ := f.register(t, "ada")
	require.NoError(t, f.RequestReset(t.Context(), "ada@example.com", home))
	reset := f.last(t, "ada@example.com", domain.MailReset)
	require.ErrorIs(t, f.RequestAddress(t.Context(), by(account, "wrong"), "ada@example.org"), domain.ErrPassword)
	require.NoError(t, f.RequestAddress(t.Context(), by(account, password), "ada@example.org"))
	require.NoError(t, f.RequestAddress(t.Context(), by(account, password), "ada@example.net"))
	first := f.last(t, "ada@example.org", domain.MailChange)
	second := f.last(t, "ada@example.net", domain.MailChange)
	require.NoError(t, f.ConfirmAddress(t.Context(), first.Token, home))
	f.last(t, "ada@example.com", domain.MailAddressChanged)
	account, err := f.Account(t.Context(), account.ID)
	require.NoError(t, err)
	require.Equal(t, "ada@example.org", account.Email)
	require.ErrorIs(t, f.ConfirmAddress(t.Context(), second.Token, home), domain.ErrLink, "the address has changed")
	require.ErrorIs(t, f.ResetPassword(t.Context(), reset.Token, "another long sentence", home), domain.ErrLink)
}

func TestChangeEmail_TakenAddress_TellsItsHolder(t *testing.T) {
	t.Parallel()
	f := newMailFixture(t)
	ada, _ := f.register(t, "ada")
	f.register(t, "bob")
	require.NoError(t, f.RequestAddress(t.Context(), by(ada, password), "bob@example.com"))
	require.Empty(t, f.last(t, "bob@example.com", domain.MailTaken).Token)
	require.NoError(t, f.RequestAddress(t.Context(), by(ada, password), "eve@example.com"))
	token := f.last(t, "eve@example.com", domain.MailChange).Token
	f.register(t, "eve")
	require.ErrorIs(t, f.ConfirmAddress(t.Context(), token, home), domain.ErrLink, "it was taken in the meantime")
}

func TestSendMail_ServerDownForAnHour_LinkIsValidWhenItArrives(t *testing.T) {
	t.Parallel()
	f := newMailFixture(t)
	f.register(t, "ada")
	require.NoError(t, f.RequestReset(t.Context(), "ada@example.com", home))
	requested := f.store.Mails()[len(f.store.Mails())-1]
	f.mails.fail = errors.New("connection refused")
	for range 12 {
		require.ErrorIs(t, f.SendMail(t.Context(), requested), f.mails.fail)
		f.clock.Advance(6 * time.Minute)
	}
	require.NoError(t, f.Prune(t.Context()))
	f.mails.fail = nil
	mail := f.last(t, "ada@example.com", domain.MailReset)
	require.Equal(t, requested.Key, mail.Key, "every attempt has the same key")
	f.clock.Advance(domain.LinkTTL - time.Second)
	require.NoError(t, f.ResetPassword(t.Context(), mail.Token, "another long sentence", home))
	require.Len(t, f.mails.sent, 1)
}

func TestSendMail_RepeatedAfterLinkWasUsed_SendsNothing(t *testing.T) {
	t.Parallel()
	f := newMailFixture(t)
	f.signUp(t, "ada")
	requested := f.store.Mails()[0]
	require.NoError(t, f.SendMail(t.Context(), requested))
	require.NoError(t, f.ConfirmAddress(t.Context(), f.mails.sent[0].Token, home))
	require.NoError(t, f.SendMail(t.Context(), requested))
	require.Len(t, f.mails.sent, 1)
}

func TestSignIn_NewDevice_TellsTheAccount(t *testing.T) {
	t.Parallel()
	f := newMailFixture(t)
	f.register(t, "ada")
	for range 2 {
		_, err := f.SignIn(t.Context(), "ada", password, home)
		require.NoError(t, err)
	}
	require.Empty(t, f.deliver(t, "ada@example.com"), "the first device is known")
	for range 2 {
		_, err := f.SignIn(t.Context(), "ada", password, at("198.51.100.7"))
		require.NoError(t, err)
	}
	mail := f.last(t, "ada@example.com", domain.MailNewDevice)
	require.Equal(t, "test", mail.Client)
	require.Len(t, f.mails.sent, 1)
}

func TestErase_TellsTheAddress_AndDeletesLinks(t *testing.T) {
	t.Parallel()
	f := newMailFixture(t)
	account, _ := f.register(t, "ada")
	require.NoError(t, f.RequestReset(t.Context(), "ada@example.com", home))
	token := f.last(t, "ada@example.com", domain.MailReset).Token
	require.NoError(t, f.Erase(t.Context(), by(account, password)))
	require.Equal(t, "ada", f.last(t, "ada@example.com", domain.MailErased).Name)
	require.ErrorIs(t, f.ResetPassword(t.Context(), token, "another long sentence", home), domain.ErrLink)
}

func TestExpireUnverified_KeepsBuyersAndVerified(t *testing.T) {
	t.Parallel()
	f := newMailFixture(t)
	ada, bob, eve := f.signUp(t, "ada"), f.signUp(t, "bob"), f.signUp(t, "eve")
	require.NoError(t, f.ConfirmAddress(t.Context(), f.last(t, "eve@example.com", domain.MailVerify).Token, home))
	buyers := func(_ context.Context, accountIDs []id.ID) (map[id.ID]bool, error) {
		require.NotContains(t, accountIDs, eve.ID)
		return map[id.ID]bool{bob.ID: true}, nil
	}
	f.clock.Advance(30*24*time.Hour - time.Second)
	require.NoError(t, f.ExpireUnverified(t.Context(), buyers))
	_, err := f.Account(t.Context(), ada.ID)
	require.NoError(t, err)
	f.clock.Advance(time.Second)
	require.NoError(t, f.ExpireUnverified(t.Context(), buyers))
	_, err = f.Account(t.Context(), ada.ID)
	require.ErrorIs(t, err, domain.ErrAccountNotFound)
	require.Len(t, f.store.Erased(), 1)
	for _, kept := range []identity.Account{bob, eve} {
		_, err = f.Account(t.Context(), kept.ID)
		require.NoError(t, err)
	}
}

func TestMail_NotConfigured_ReturnsErrNoMail(t *testing.T) {
	t.Parallel()
	f := newMailFixture(t)
	account, _ := f.register(t, "ada")
	f.Verification.Mail, f.Mailer = false, nil
	for _, err := range []error{
		f.RequestReset(t.Context(), "ada@example.com", home), f.RequestVerification(t.Context(), "ada@example.com", home),
		f.RequestAddress(t.Context(), by(account, password), "ada@example.org"),
		f.SendMail(t.Context(), domain.MailRequested{Kind: domain.MailErased}),
	} {
		require.ErrorIs(t, err, domain.ErrNoMail)
	}
	f.signUp(t, "bob")
	expired, err := f.store.Expired(t.Context(), f.clock.Now().Add(1000*time.Hour), 10)
	require.NoError(t, err)
	require.Empty(t, expired, "an account that cannot be verified does not expire")
}
