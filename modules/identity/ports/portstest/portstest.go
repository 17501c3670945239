// Package portstest has the contract tests of identity's ports. Every adapter runs them.
package portstest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

// Fixture is an empty store.
type Fixture struct {
	Work      ports.UnitOfWork
	Directory ports.Directory
	Attempts  ports.Attempts
	Upkeep    ports.Upkeep
	Mailbox   ports.Mailbox
	// Mails returns the number of committed events domain.MailRequested.
	Mails func() int
	// Erased returns the number of committed events identity.AccountErased.
	Erased func() int
}

var (
	now      = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	errAbort = errors.New("abort")
)

// Run runs the contract tests, each with a store of its own that open returns.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	t.Helper()
	tests := map[string]func(t *testing.T, f Fixture){
		"account is found by ID, address and handle":         findable,
		"address and handle are unique until erasure":        unique,
		"stale version returns ErrStale":                     stale,
		"failed transaction is rolled back":                  rollback,
		"returned values do not alias the store":             aliasing,
		"erased account is not found":                        erasure,
		"refresh token is used once":                         rotation,
		"concurrent rotations have one winner":               parallelRotation,
		"sessions end alone or together":                     ending,
		"sessions are listed newest first":                   listing,
		"used token reports whether its successor is unused": successor,
		"session of suspended account is invalid":            suspension,
		"last sign-in is stored by account and network":      networks,
		"attempts fill buckets that drain":                   buckets,
		"concurrent attempts are all counted":                parallelAttempts,
		"backfill gives the form to the oldest account":      forms,
		"prune deletes expired data only":                    pruning,
	}
	maps.Copy(tests, mailTests)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func newAccount(name string) domain.Account {
	r := domain.Registration{Email: name + "@example.com", Handle: name, DisplayName: name, Country: "DE"}
	return domain.NewAccount(id.V7{}.NewID(), r, "hash of "+name, now)
}

func do(t *testing.T, f Fixture, fn func(ctx context.Context, s ports.Stores) error) {
	t.Helper()
	require.NoError(t, f.Work.Do(t.Context(), fn))
}

func insert(t *testing.T, f Fixture, account domain.Account) {
	t.Helper()
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Accounts.Insert(ctx, account) })
}

func findable(t *testing.T, f Fixture) {
	want := newAccount("ada")
	insert(t, f, want)
	byID, err := f.Directory.Account(t.Context(), want.ID())
	require.NoError(t, err)
	require.Equal(t, want, byID)
	for _, login := range []string{"ada", "ada@example.com"} {
		got, err := f.Directory.ByLogin(t.Context(), domain.NewLogin(login))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err = f.Directory.Account(t.Context(), id.V7{}.NewID())
	require.ErrorIs(t, err, domain.ErrAccountNotFound)
	_, err = f.Directory.ByLogin(t.Context(), domain.NewLogin("bob"))
	require.ErrorIs(t, err, domain.ErrAccountNotFound)
}

func unique(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	for _, r := range []domain.Registration{
		{Email: "ada@example.com", Handle: "other", DisplayName: "x"},
		{Email: "ADA@\uff45xample.com", Handle: "other", DisplayName: "x"},
		{Email: "other@example.com", Handle: "ada", DisplayName: "x"},
	} {
		err := f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
			return s.Accounts.Insert(ctx, domain.NewAccount(id.V7{}.NewID(), r, "hash", now))
		})
		require.ErrorIs(t, err, domain.ErrTaken)
	}
	bob, handle := newAccount("bob"), "ada"
	insert(t, f, bob)
	require.NoError(t, bob.Change(domain.Changes{Handle: &handle}, nil))
	err := update(t, f, bob)
	require.ErrorIs(t, err, domain.ErrHandleTaken)
	erase(t, f, ada.ID())
	insert(t, f, newAccount("ada"))
}

func update(t *testing.T, f Fixture, account domain.Account) error {
	t.Helper()
	return f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		return s.Accounts.Update(ctx, account)
	})
}

func erase(t *testing.T, f Fixture, accountID id.ID) {
	t.Helper()
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		account, err := s.Accounts.Lock(ctx, accountID)
		if err != nil {
			return err
		}
		account.Erase(now)
		return errors.Join(s.Sessions.Delete(ctx, accountID), s.Accounts.Update(ctx, account),
			s.Events.AccountErased(ctx, identity.AccountErased{AccountID: accountID}))
	})
}

func stale(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	require.NoError(t, update(t, f, ada))
	require.ErrorIs(t, update(t, f, ada), domain.ErrStale)
	got, err := f.Directory.Account(t.Context(), ada.ID())
	require.NoError(t, err)
	require.Equal(t, int64(2), got.Snapshot().Version)
}

func rollback(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	err := f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		return errors.Join(s.Accounts.Insert(ctx, ada),
			s.Events.AccountErased(ctx, identity.AccountErased{AccountID: ada.ID()}), errAbort)
	})
	require.ErrorIs(t, err, errAbort)
	_, err = f.Directory.Account(t.Context(), ada.ID())
	require.ErrorIs(t, err, domain.ErrAccountNotFound)
	require.Zero(t, f.Erased())
}

func aliasing(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	got, err := f.Directory.Account(t.Context(), ada.ID())
	require.NoError(t, err)
	require.NoError(t, got.GrantRole(identity.RoleStaff))
	again, err := f.Directory.Account(t.Context(), ada.ID())
	require.NoError(t, err)
	require.Equal(t, ada, again)
}

func erasure(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	session := signIn(t, f, ada, "token")
	erase(t, f, ada.ID())
	require.Equal(t, 1, f.Erased())
	_, err := f.Directory.Account(t.Context(), ada.ID())
	require.ErrorIs(t, err, domain.ErrAccountNotFound)
	_, err = f.Directory.ByLogin(t.Context(), domain.NewLogin(""))
	require.ErrorIs(t, err, domain.ErrAccountNotFound)
	_, err = f.Directory.Holder(t.Context(), session.ID, now)
	require.ErrorIs(t, err, domain.ErrToken)
	require.ErrorIs(t, rotate(t.Context(), f, "token", "next"), domain.ErrRefreshToken)
	err = f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		_, err := s.Accounts.Lock(ctx, ada.ID())
		return err
	})
	require.ErrorIs(t, err, domain.ErrAccountNotFound)
}

func signIn(t *testing.T, f Fixture, account domain.Account, token string) domain.Session {
	t.Helper()
	session := domain.NewSession(id.V7{}.NewID(), account.ID(), "test", now, ttl)
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Sessions.Insert(ctx, session, []byte(token)) })
	return session
}

var ttl = domain.Lifetimes{Idle: time.Hour, Absolute: 24 * time.Hour}

var errUsed = errors.New("token was used")

func rotate(ctx context.Context, f Fixture, token, next string) error {
	return f.Work.Do(ctx, func(ctx context.Context, s ports.Stores) error {
		session, use, err := s.Sessions.LockByToken(ctx, []byte(token), []byte(next))
		if err != nil {
			return err
		}
		if use.UsedAt != nil {
			return errUsed
		}
		session.Extend(now.Add(time.Minute), ttl)
		return s.Sessions.Rotate(ctx, session, []byte(next))
	})
}

func rotation(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	session := signIn(t, f, ada, "one")
	require.NoError(t, rotate(t.Context(), f, "one", "two"))
	require.ErrorIs(t, rotate(t.Context(), f, "one", "three"), errUsed)
	require.NoError(t, rotate(t.Context(), f, "two", "three"))
	require.ErrorIs(t, rotate(t.Context(), f, "unknown", "four"), domain.ErrRefreshToken)
	holder, err := f.Directory.Holder(t.Context(), session.ID, now.Add(time.Hour+time.Second))
	require.NoError(t, err)
	require.Equal(t, ports.Holder{AccountID: ada.ID(), Roles: []string{identity.RoleCustomer}}, holder)
	_, err = f.Directory.Holder(t.Context(), session.ID, now.Add(2*time.Hour))
	require.ErrorIs(t, err, domain.ErrToken)
}

func parallelRotation(t *testing.T, f Fixture) {
	const racers, rounds = 8, 30 // the first rounds open connections
	ada := newAccount("ada")
	insert(t, f, ada)
	for round := range rounds {
		token := fmt.Sprintf("token %d", round)
		signIn(t, f, ada, token)
		var group sync.WaitGroup
		results := make([]error, racers)
		for i := range racers {
			next := fmt.Sprintf("%s, %d", token, i)
			group.Go(func() { results[i] = rotate(context.Background(), f, token, next) })
		}
		group.Wait()
		winners := 0
		for _, err := range results {
			if err == nil {
				winners++
				continue
			}
			require.ErrorIs(t, err, errUsed)
		}
		require.Equal(t, 1, winners)
	}
}

func ending(t *testing.T, f Fixture) {
	ada, bob := newAccount("ada"), newAccount("bob")
	insert(t, f, ada)
	insert(t, f, bob)
	one, two, three := signIn(t, f, ada, "1"), signIn(t, f, ada, "2"), signIn(t, f, ada, "3")
	end := func(accountID, sessionID id.ID) error {
		return f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
			return s.Sessions.End(ctx, accountID, sessionID, now)
		})
	}
	require.ErrorIs(t, end(bob.ID(), one.ID), domain.ErrSessionNotFound)
	require.NoError(t, end(ada.ID(), one.ID))
	require.ErrorIs(t, end(ada.ID(), one.ID), domain.ErrSessionNotFound)
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		return s.Sessions.EndAll(ctx, ada.ID(), two.ID, now)
	})
	_, err := f.Directory.Holder(t.Context(), three.ID, now)
	require.ErrorIs(t, err, domain.ErrToken)
	_, err = f.Directory.Holder(t.Context(), two.ID, now)
	require.NoError(t, err)
}

func listing(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	one, two := signIn(t, f, ada, "1"), signIn(t, f, ada, "2")
	got, err := f.Directory.Sessions(t.Context(), ada.ID(), now)
	require.NoError(t, err)
	require.Equal(t, []domain.Session{two, one}, got)
	got, err = f.Directory.Sessions(t.Context(), ada.ID(), now.Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, got)
}
