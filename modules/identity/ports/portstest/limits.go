package portstest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

func use(t *testing.T, f Fixture, token, next string) (found ports.TokenUse) {
	t.Helper()
	do(t, f, func(ctx context.Context, s ports.Stores) (err error) {
		_, found, err = s.Sessions.LockByToken(ctx, []byte(token), []byte(next))
		return err
	})
	return found
}

func successor(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	signIn(t, f, ada, "one")
	require.Equal(t, ports.TokenUse{}, use(t, f, "one", "two"))
	require.NoError(t, rotate(t.Context(), f, "one", "two"))
	usedAt := now.Add(time.Minute)
	require.Equal(t, ports.TokenUse{UsedAt: &usedAt, SuccessorUnused: true}, use(t, f, "one", "two"))
	require.Equal(t, ports.TokenUse{UsedAt: &usedAt}, use(t, f, "one", "another"), "derived with another key")
	require.NoError(t, rotate(t.Context(), f, "two", "three"))
	require.Equal(t, ports.TokenUse{UsedAt: &usedAt}, use(t, f, "one", "two"))
}

func change(t *testing.T, f Fixture, accountID id.ID, fn func(a *domain.Account)) {
	t.Helper()
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		account, err := s.Accounts.Lock(ctx, accountID)
		if err != nil {
			return err
		}
		fn(&account)
		return s.Accounts.Update(ctx, account)
	})
}

func suspension(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	session := signIn(t, f, ada, "one")
	change(t, f, ada.ID(), func(a *domain.Account) { a.Suspend(now) })
	_, err := f.Directory.Holder(t.Context(), session.ID, now)
	require.ErrorIs(t, err, domain.ErrToken)
	got, err := f.Directory.Account(t.Context(), ada.ID())
	require.NoError(t, err)
	require.Equal(t, now, *got.Snapshot().SuspendedAt)
	change(t, f, ada.ID(), func(a *domain.Account) { a.Reinstate() })
	_, err = f.Directory.Holder(t.Context(), session.ID, now)
	require.NoError(t, err)
}

func networks(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	known := func() time.Time {
		at, err := f.Directory.LastSignIn(t.Context(), ada.ID(), "192.0.2.1")
		require.NoError(t, err)
		return at
	}
	require.Zero(t, known())
	for _, at := range []time.Time{now, now.Add(time.Hour)} {
		do(t, f, func(ctx context.Context, s ports.Stores) error {
			return s.Sessions.StoreNetwork(ctx, ada.ID(), "192.0.2.1", at)
		})
		require.Equal(t, at, known())
	}
	other, err := f.Directory.LastSignIn(t.Context(), ada.ID(), "192.0.2.2")
	require.NoError(t, err)
	require.Zero(t, other)
	erase(t, f, ada.ID())
	require.Zero(t, known())
}

var (
	rate = domain.Rate{Burst: 2, Per: 10 * time.Second}
	one  = domain.BucketOf("one")
	two  = domain.BucketOf("two")
)

func emptyAt(t *testing.T, f Fixture, at time.Time) map[domain.Bucket]time.Time {
	t.Helper()
	out, err := f.Attempts.EmptyAt(t.Context(), []domain.Bucket{one, two}, at)
	require.NoError(t, err)
	return out
}

func buckets(t *testing.T, f Fixture) {
	require.Empty(t, emptyAt(t, f, now))
	require.NoError(t, f.Attempts.Add(t.Context(), []domain.Attempt{rate.Attempt(one), rate.Attempt(two)}, now))
	require.NoError(t, f.Attempts.Add(t.Context(), []domain.Attempt{rate.Attempt(one)}, now.Add(time.Second)))
	require.Equal(t, map[domain.Bucket]time.Time{
		one: now.Add(10 * time.Second),
		two: now.Add(5 * time.Second),
	}, emptyAt(t, f, now))
	require.Equal(t, map[domain.Bucket]time.Time{one: now.Add(10 * time.Second)}, emptyAt(t, f, now.Add(5*time.Second)))
	require.NoError(t, f.Attempts.Add(t.Context(), []domain.Attempt{rate.Attempt(two)}, now.Add(time.Minute)))
	require.Equal(t, now.Add(65*time.Second), emptyAt(t, f, now)[two], "an empty bucket starts at now")
	for range 10 {
		require.NoError(t, f.Attempts.Add(t.Context(), []domain.Attempt{rate.Attempt(one)}, now))
	}
	require.Equal(t, now.Add(20*time.Second), emptyAt(t, f, now)[one], "the debt is limited")
}

func parallelAttempts(t *testing.T, f Fixture) {
	const racers = 20
	wide := domain.Rate{Burst: 1000, Per: 1000 * time.Second}
	var group sync.WaitGroup
	results := make([]error, racers)
	for i := range racers {
		attempts := []domain.Attempt{wide.Attempt(one), wide.Attempt(two)}
		if i%2 == 0 {
			attempts[0], attempts[1] = attempts[1], attempts[0]
		}
		group.Go(func() { results[i] = f.Attempts.Add(context.Background(), attempts, now) })
	}
	group.Wait()
	for _, err := range results {
		require.NoError(t, err)
	}
	want := now.Add(racers * time.Second)
	require.Equal(t, map[domain.Bucket]time.Time{one: want, two: want}, emptyAt(t, f, now))
}

// withoutForm inserts an account like an earlier release, without a canonical form of its address.
func withoutForm(t *testing.T, f Fixture, email string, at time.Time) domain.Account {
	t.Helper()
	account := domain.RestoreAccount(domain.AccountSnapshot{
		ID: id.V7{}.NewID(), Email: email, Handle: id.V7{}.NewID().String()[24:], DisplayName: "x", PasswordHash: "hash",
		Roles: []string{"customer"}, Version: 1, CreatedAt: at,
	})
	insert(t, f, account)
	return account
}

func forms(t *testing.T, f Fixture) {
	newer := withoutForm(t, f, "zoe@xn--bcher-kva.example", now)
	older := withoutForm(t, f, "zoe@bücher.example", now.Add(-time.Hour))
	var others []domain.Account
	for i := range 3 {
		others = append(others, withoutForm(t, f, fmt.Sprintf("ada%d@example.com", i), now.Add(-time.Minute)))
	}
	byLogin := func(login string) id.ID {
		account, err := f.Directory.ByLogin(t.Context(), domain.NewLogin(login))
		require.NoError(t, err)
		return account.ID()
	}
	require.Equal(t, newer.ID(), byLogin("zoe@xn--bcher-kva.example"),
		"before the backfill an address is found by its spelling")
	for range 2 {
		require.NoError(t, f.Upkeep.BackfillEmailForms(t.Context(), domain.EmailForm))
	}
	left, err := f.Directory.WithoutEmailForm(t.Context())
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, newer.ID(), left[0].ID())
	require.Equal(t, newer.ID(), byLogin("zoe@xn--bcher-kva.example"), "the newer account is found by its spelling")
	for _, login := range []string{"zoe@bücher.example", "Zoe@BÜCHER.example", "zoe@bu\u0308cher.example"} {
		require.Equal(t, older.ID(), byLogin(login), login)
	}
	for _, account := range others {
		require.Equal(t, account.ID(), byLogin(account.Snapshot().Email))
	}
	erase(t, f, older.ID())
	require.NoError(t, f.Upkeep.BackfillEmailForms(t.Context(), domain.EmailForm))
	require.Equal(t, newer.ID(), byLogin("zoe@bücher.example"), "the erased account has released the form")
}

func pruning(t *testing.T, f Fixture) {
	ada := newAccount("ada")
	insert(t, f, ada)
	ended := signIn(t, f, ada, "ended")
	signIn(t, f, ada, "expired")
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		return s.Sessions.End(ctx, ada.ID(), ended.ID, now)
	})
	later := now.Add(90 * time.Minute)
	live := domain.NewSession(id.V7{}.NewID(), ada.ID(), "test", now.Add(time.Hour), ttl)
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		if err := s.Sessions.StoreNetwork(ctx, ada.ID(), "192.0.2.2", now.Add(-time.Second)); err != nil {
			return err
		}
		if err := s.Sessions.StoreNetwork(ctx, ada.ID(), "192.0.2.1", now); err != nil {
			return err
		}
		return s.Sessions.Insert(ctx, live, []byte("a"))
	})
	require.NoError(t, rotate(t.Context(), f, "a", "b")) // at now plus a minute; it expires an hour later
	live.Extend(later, ttl)
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Sessions.Rotate(ctx, live, []byte("c")) })
	require.NoError(t, f.Attempts.Add(t.Context(), []domain.Attempt{rate.Attempt(one)}, now))
	require.NoError(t, f.Attempts.Add(t.Context(), []domain.Attempt{rate.Attempt(two)}, later))

	require.NoError(t, f.Upkeep.Prune(t.Context(),
		ports.Prune{Now: later, UsedBefore: now.Add(30 * time.Minute), KnownBefore: now}))
	require.Equal(t, map[domain.Bucket]time.Time{two: later.Add(5 * time.Second)}, emptyAt(t, f, now))
	for token, want := range map[string]error{
		"ended": domain.ErrRefreshToken, "expired": domain.ErrRefreshToken, "a": domain.ErrRefreshToken,
		"b": errUsed, "c": nil,
	} {
		require.ErrorIs(t, rotate(t.Context(), f, token, token+"'"), want, token)
	}
	seen, err := f.Directory.LastSignIn(t.Context(), ada.ID(), "192.0.2.1")
	require.NoError(t, err)
	require.Equal(t, now, seen)
	seen, err = f.Directory.LastSignIn(t.Context(), ada.ID(), "192.0.2.2")
	require.NoError(t, err)
	require.Zero(t, seen, "the last sign-in was before KnownBefore")
}
