package portstest

import (
	"context"
	"sync"
	"testing"
	"time"

	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

var mailTests = map[string]func(t *testing.T, f Fixture){
	"link is found by its hash and used once":            linkUse,
	"link put again is renewed until it is used":         linkRenewal,
	"concurrent uses of a link have one winner":          parallelLinkUse,
	"links of an account are deleted":                    linkDeletion,
	"expired links are pruned":                           linkPruning,
	"unverified accounts expire the oldest first":        expiry,
	"device is new beside another one":                   devices,
	"address of another account cannot be taken":         addressChange,
	"guests have no login until they register":           guests,
	"pending registrations have a handle and no address": pending,
	"mail of a failed transaction is not requested":      mailRollback,
}

func newLink(account domain.Account, hash string) domain.Link {
	return domain.Link{
		ID: id.V7{}.NewID(), Hash: []byte(hash), Purpose: domain.LinkReset, AccountID: account.ID(),
		BoundTo: account.Email(), Address: account.Email(), ExpiresAt: now.Add(time.Hour),
	}
}

func put(t *testing.T, f Fixture, link domain.Link) {
	t.Helper()
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Links.Put(ctx, link) })
}

func useLink(t *testing.T, f Fixture, linkID id.ID) error {
	t.Helper()
	return f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		return s.Links.Use(ctx, linkID, now)
	})
}

func linkUse(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	want := newLink(ada, "hash")
	put(t, f, want)
	put(t, f, newLink(ada, "other"))
	got, err := f.Mailbox.Link(t.Context(), []byte("hash"))
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.NoError(t, useLink(t, f, want.ID))
	require.ErrorIs(t, useLink(t, f, want.ID), domain.ErrLink)
	require.ErrorIs(t, useLink(t, f, id.V7{}.NewID()), domain.ErrLink)
	got, err = f.Mailbox.Link(t.Context(), []byte("hash"))
	require.NoError(t, err)
	require.Equal(t, now, *got.UsedAt)
	_, err = f.Mailbox.Link(t.Context(), []byte("absent"))
	require.ErrorIs(t, err, domain.ErrLink)
}

func linkRenewal(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	link := newLink(ada, "hash")
	put(t, f, link)
	link.ExpiresAt, link.Hash = now.Add(2*time.Hour), []byte("next")
	put(t, f, link)
	got, err := f.Mailbox.Link(t.Context(), []byte("next"))
	require.NoError(t, err)
	require.Equal(t, link, got)
	require.NoError(t, useLink(t, f, link.ID))
	err = f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error { return s.Links.Put(ctx, link) })
	require.ErrorIs(t, err, domain.ErrLink)
}

func parallelLinkUse(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	link := newLink(ada, "hash")
	put(t, f, link)
	results := make([]error, 8)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() { results[i] = useLink(t, f, link.ID) })
	}
	group.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, domain.ErrLink)
	}
	require.Equal(t, 1, won)
}

func linkDeletion(t *testing.T, f Fixture) {
	ada, bob := newAccount("ada"), newAccount("bob")
	insert(t, f, ada)
	insert(t, f, bob)
	put(t, f, newLink(ada, "of ada"))
	put(t, f, newLink(bob, "of bob"))
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Links.Delete(ctx, ada.ID()) })
	_, err := f.Mailbox.Link(t.Context(), []byte("of ada"))
	require.ErrorIs(t, err, domain.ErrLink)
	_, err = f.Mailbox.Link(t.Context(), []byte("of bob"))
	require.NoError(t, err)
}

func linkPruning(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	put(t, f, newLink(ada, "hash"))
	require.NoError(t, f.Upkeep.Prune(t.Context(), ports.Prune{Now: now}))
	_, err := f.Mailbox.Link(t.Context(), []byte("hash"))
	require.NoError(t, err)
	require.NoError(t, f.Upkeep.Prune(t.Context(), ports.Prune{Now: now.Add(time.Hour)}))
	_, err = f.Mailbox.Link(t.Context(), []byte("hash"))
	require.ErrorIs(t, err, domain.ErrLink)
}

func expiry(t *testing.T, f Fixture) {
	ada, bob, eve := newAccount("ada"), newAccount("bob"), newAccount("eve")
	for i, account := range []domain.Account{ada, bob, eve} {
		insert(t, f, account)
		do(t, f, func(ctx context.Context, s ports.Stores) error {
			return s.Unverified.Expire(ctx, account.ID(), "", now.Add(-time.Duration(i)*time.Hour))
		})
	}
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Unverified.Keep(ctx, bob.ID()) })
	got, err := f.Mailbox.Expired(t.Context(), now, 10)
	require.NoError(t, err)
	require.Equal(t, []id.ID{eve.ID(), ada.ID()}, got)
	got, err = f.Mailbox.Expired(t.Context(), now.Add(-time.Minute), 10)
	require.NoError(t, err)
	require.Equal(t, []id.ID{eve.ID()}, got)
	got, err = f.Mailbox.Expired(t.Context(), now, 1)
	require.NoError(t, err)
	require.Equal(t, []id.ID{eve.ID()}, got)
}

func devices(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	store := func(name string, at time.Time) (isNew bool) {
		do(t, f, func(ctx context.Context, s ports.Stores) (err error) {
			isNew, err = s.Sessions.StoreDevice(ctx, ada.ID(), domain.BucketOf(name), at)
			return err
		})
		return isNew
	}
	require.False(t, store("phone", now), "the first device of an account is not reported")
	require.False(t, store("phone", now))
	require.True(t, store("tablet", now.Add(time.Hour)))
	require.False(t, store("tablet", now.Add(time.Hour)))
	require.NoError(t, f.Upkeep.Prune(t.Context(), ports.Prune{Now: now, KnownBefore: now.Add(time.Minute)}))
	require.True(t, store("phone", now), "it has been pruned")
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Sessions.Delete(ctx, ada.ID()) })
	require.False(t, store("phone", now), "all have been deleted")
}

func addressChange(t *testing.T, f Fixture) {
	ada, bob := newAccount("ada"), newAccount("bob")
	insert(t, f, ada)
	insert(t, f, bob)
	bob.ChangeEmail("ADA@example.com", now)
	require.ErrorIs(t, update(t, f, bob), domain.ErrTaken)
	got, err := f.Directory.Account(t.Context(), bob.ID())
	require.NoError(t, err)
	got.ChangeEmail("Bob@example.org", now)
	require.NoError(t, update(t, f, got))
	got, err = f.Directory.ByLogin(t.Context(), domain.NewLogin("bob@example.org"))
	require.NoError(t, err)
	require.True(t, got.Verified())
}

func mailRollback(t *testing.T, f Fixture) {
	mail := domain.MailRequested{Key: id.V7{}.NewID(), Kind: domain.MailErased, Address: "ada@example.com", At: now}
	err := f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		require.NoError(t, s.Events.MailRequested(ctx, mail))
		return errAbort
	})
	require.ErrorIs(t, err, errAbort)
	require.Zero(t, f.Mails())
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Events.MailRequested(ctx, mail) })
	require.Equal(t, 1, f.Mails())
}

func pending(t *testing.T, f Fixture) {
	register := func(handle string) domain.Account {
		r := domain.Registration{Email: "ada@example.com", Handle: handle, DisplayName: handle}
		account := domain.NewPendingAccount(id.V7{}.NewID(), r, "hash of "+handle, now)
		insert(t, f, account)
		return account
	}
	expire := func(account domain.Account, address string, at time.Time) {
		do(t, f, func(ctx context.Context, s ports.Stores) error {
			return s.Unverified.Expire(ctx, account.ID(), address, at)
		})
	}
	of := func(address string) domain.Account {
		got, err := f.Mailbox.Pending(t.Context(), address)
		require.NoError(t, err)
		return got
	}
	ada, eve := register("ada"), register("eve")
	got, err := f.Directory.ByLogin(t.Context(), domain.NewLogin("ada"))
	require.NoError(t, err)
	require.Equal(t, ada, got)
	err = f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		return s.Accounts.Insert(ctx, newAccount("ada"))
	})
	require.ErrorIs(t, err, domain.ErrTaken, "the handle is taken")
	expire(eve, "ada@example.com", now)
	expire(ada, "typo@example.com", now)
	require.Equal(t, eve, of("ada@example.com"))
	expire(ada, "ada@example.com", now.Add(time.Hour))
	require.Equal(t, ada, of("ada@example.com"))
	expire(eve, "", now.Add(2*time.Hour))
	require.Equal(t, eve, of("ada@example.com"), "an empty address leaves the stored one")
	expire(eve, "eve@example.com", now)
	for _, unknown := range []string{"typo@example.com", ""} {
		_, err = f.Mailbox.Pending(t.Context(), unknown)
		require.ErrorIs(t, err, domain.ErrAccountNotFound)
	}
	require.NoError(t, ada.CompleteRegistration("ada@example.com", now))
	require.NoError(t, update(t, f, ada))
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Unverified.Keep(ctx, ada.ID()) })
	_, err = f.Mailbox.Pending(t.Context(), "ada@example.com")
	require.ErrorIs(t, err, domain.ErrAccountNotFound)
	require.NoError(t, eve.CompleteRegistration("ada@example.com", now))
	require.ErrorIs(t, update(t, f, eve), domain.ErrTaken)
}

func guests(t *testing.T, f Fixture) {
	first, second := domain.NewGuest(id.V7{}.NewID(), now), domain.NewGuest(id.V7{}.NewID(), now)
	insert(t, f, first)
	insert(t, f, second)
	got, err := f.Directory.Account(t.Context(), first.ID())
	require.NoError(t, err)
	require.Equal(t, first, got)
	_, err = f.Directory.ByLogin(t.Context(), domain.NewLogin(""))
	require.ErrorIs(t, err, domain.ErrAccountNotFound)
	formless, err := f.Directory.WithoutEmailForm(t.Context())
	require.NoError(t, err)
	require.Empty(t, formless)
	require.NoError(t, f.Upkeep.BackfillEmailForms(t.Context(), domain.EmailForm))
	ada := domain.Registration{Email: "ada@example.com", Handle: "ada", DisplayName: "Ada"}
	require.NoError(t, first.Register(ada, "hash"))
	require.NoError(t, update(t, f, first))
	got, err = f.Directory.ByLogin(t.Context(), domain.NewLogin("ada"))
	require.NoError(t, err)
	require.Equal(t, first.ID(), got.ID())
	require.False(t, got.Guest())
	ada.Handle = "other"
	require.NoError(t, second.Register(ada, "hash"))
	require.ErrorIs(t, update(t, f, second), domain.ErrTaken)
	erase(t, f, second.ID())
}
