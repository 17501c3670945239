package service_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/service"
	"coinslot/platform/fault"

	"github.com/stretchr/testify/require"
)

func TestRefresh_RepeatedWithin10s_ReturnsSameSuccessor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, grant := f.register(t, "ada")
	results := make([]service.Grant, 50)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			var err error
			results[i], err = f.Refresh(t.Context(), grant.RefreshToken, home)
			require.NoError(t, err)
		})
	}
	group.Wait()
	for _, one := range results {
		require.Equal(t, results[0].RefreshToken, one.RefreshToken)
	}
	next, err := f.Refresh(t.Context(), results[0].RefreshToken, home)
	require.NoError(t, err)
	require.NotEqual(t, results[0].RefreshToken, next.RefreshToken)
	_, err = f.Refresh(t.Context(), grant.RefreshToken, home)
	require.ErrorIs(t, err, domain.ErrRefreshToken, "its successor has been used")
	_, err = f.Refresh(t.Context(), next.RefreshToken, home)
	require.ErrorIs(t, err, domain.ErrRefreshToken, "the session is revoked")
}

func TestRefresh_AfterAbsoluteLifetime_ReturnsErrRefreshToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, grant := f.register(t, "ada")
	for range 119 {
		f.clock.Advance(45 * time.Minute)
		var err error
		grant, err = f.Refresh(t.Context(), grant.RefreshToken, home)
		require.NoError(t, err)
	}
	f.clock.Advance(45 * time.Minute) // 90 hours
	_, err := f.Refresh(t.Context(), grant.RefreshToken, home)
	require.ErrorIs(t, err, domain.ErrRefreshToken)
}

// guess tries n wrong passwords and returns how many were verified before the limit.
func (f fixture) guess(t *testing.T, login string, client service.Client, n int) (verified int) {
	t.Helper()
	for range n {
		_, err := f.SignIn(t.Context(), login, "a wrong password", client)
		if errors.Is(err, domain.ErrCredentials) {
			verified++
			continue
		}
		require.ErrorIs(t, err, domain.ErrTooMany)
		require.Positive(t, fault.Of(err).RetryAfter)
	}
	return verified
}

func TestSignIn_WrongPasswords_LimitedByAccount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(t, "ada")
	for i, login := range []string{"ada", "nobody"} { // existing or not
		verified := 0
		for n := range 30 {
			verified += f.guess(t, login, at(fmt.Sprintf("198.51.100.%d", 100*i+n/3)), 1)
		}
		require.Equal(t, 5, verified, login)
	}
	f.clock.Advance(2 * time.Minute)
	require.Equal(t, 1, f.guess(t, "ada", at("203.0.113.1"), 1), "one more each two minutes")
	require.Equal(t, 0, f.guess(t, "ada", at("203.0.113.2"), 1))
}

func TestSignIn_WrongPasswords_LimitedByNetwork(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	verified := 0
	for n := range 40 { // password spraying from one /64
		verified += f.guess(t, fmt.Sprintf("buyer-%d", n), at(fmt.Sprintf("2001:db8::%x", n+1)), 1)
	}
	require.Equal(t, 10, verified)
	require.Equal(t, 1, f.guess(t, "buyer-99", at("2001:db8:0:1::1"), 1), "another /64 is another network")
}

func TestSignIn_WrongPasswords_LimitedForWholeStore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	verified := 0
	for n := range 60 {
		verified += f.guess(t, fmt.Sprintf("buyer-%d", n), at(fmt.Sprintf("198.51.100.%d", n)), 1)
	}
	require.Equal(t, 30, verified)
}

func TestSignIn_LimitReached_SucceedsFromKnownNetwork(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(t, "ada")
	f.guess(t, "ada", at("198.51.100.1"), 30) // from another network
	f.guess(t, "ada", home, 30)               // and from the owner's
	_, err := f.SignIn(t.Context(), "ada", password, home)
	require.NoError(t, err)
	_, err = f.SignIn(t.Context(), "ada", "a wrong password", home)
	require.ErrorIs(t, err, domain.ErrTooMany, "a wrong password gets the same error on every network")
	_, err = f.SignIn(t.Context(), "ada", password, at("203.0.113.9"))
	require.ErrorIs(t, err, domain.ErrTooMany, "on other networks the right password must wait, too")
	f.clock.Advance(20 * time.Minute)
	_, err = f.SignIn(t.Context(), "ada", password, at("203.0.113.9"))
	require.NoError(t, err, "the account is not locked permanently")

	f.guess(t, "ada", home, 80)
	_, err = f.SignIn(t.Context(), "ada", password, home)
	require.ErrorIs(t, err, domain.ErrTooMany, "the known network has a limit, too")
}

func TestSignIn_WrongPasswordAfterRetryAfter_ReturnsErrCredentials(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(t, "ada")
	wrong := func() error {
		_, err := f.SignIn(t.Context(), "ada", "a wrong password", home)
		return err
	}
	tries := 0
	for ; !errors.Is(wrong(), domain.ErrTooMany); tries++ {
		require.Less(t, tries, 100)
	}
	for range 3 { // they do not extend the wait
		require.ErrorIs(t, wrong(), domain.ErrTooMany)
	}
	f.clock.Advance(fault.Of(wrong()).RetryAfter)
	require.ErrorIs(t, wrong(), domain.ErrCredentials)
}

func TestRegisterFrom_Limited_DoesNotRevealWhatIsTaken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(t, "ada")
	try := func(email, handle string) error {
		_, err := f.RegisterFrom(t.Context(), domain.Registration{
			Email: email, Handle: handle, DisplayName: "x",
			Password: password,
		}, at("198.51.100.1"))
		return err
	}
	require.Equal(t, domain.ErrTaken, try("ada@example.com", "other"))
	require.Equal(t, domain.ErrTaken, try("other@example.com", "ada"))
	for n := range 8 {
		require.NoError(t, try(fmt.Sprintf("buyer-%d@example.com", n), fmt.Sprintf("buyer-%d", n)))
	}
	require.ErrorIs(t, try("ada@example.com", "other"), domain.ErrTooMany)
	require.ErrorIs(t, try("nonsense", "x"), domain.ErrInvalid, "an invalid registration is not counted")
}

func TestConfirmation_WrongPasswords_Limited(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, grant := f.register(t, "ada")
	caller, err := f.Authenticate(t.Context(), grant.AccessToken)
	require.NoError(t, err)
	wrong := func(client service.Client) error {
		return f.ChangePassword(t.Context(), caller.SessionID,
			service.Confirmation{AccountID: account.ID, Password: "a wrong password", Client: client},
			"another sentence")
	}
	for range 5 {
		require.ErrorIs(t, wrong(at("198.51.100.1")), domain.ErrPassword)
	}
	require.ErrorIs(t, wrong(at("198.51.100.1")), domain.ErrTooMany)
	require.ErrorIs(t, wrong(home), domain.ErrTooMany)
	stolen := service.Confirmation{AccountID: account.ID, Password: password, Client: at("198.51.100.1")}
	require.ErrorIs(t, f.Erase(t.Context(), stolen), domain.ErrTooMany)
	require.NoError(t, f.Erase(t.Context(), by(account, password)), "the right password from the known network")
}

func TestRefresh_InvalidTokens_Limited_ValidAccepted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, grant := f.register(t, "ada")
	for range 10 {
		_, err := f.Refresh(t.Context(), "unknown", home)
		require.ErrorIs(t, err, domain.ErrRefreshToken)
	}
	_, err := f.Refresh(t.Context(), "unknown", home)
	require.ErrorIs(t, err, domain.ErrTooMany)
	_, err = f.Refresh(t.Context(), grant.RefreshToken, home)
	require.NoError(t, err, "a valid token is accepted")
}

func TestSuspend_EndsSessionsUntilReinstated(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, grant := f.register(t, "ada")
	_, err := f.Authenticate(t.Context(), grant.AccessToken)
	require.NoError(t, err)
	_, err = f.Suspend(t.Context(), "Ada@example.com")
	require.NoError(t, err)
	f.clock.Advance(time.Second)
	_, err = f.Authenticate(t.Context(), grant.AccessToken)
	require.ErrorIs(t, err, domain.ErrToken)
	_, err = f.Refresh(t.Context(), grant.RefreshToken, home)
	require.ErrorIs(t, err, domain.ErrRefreshToken)
	_, err = f.SignIn(t.Context(), "ada", password, home)
	require.Equal(t, domain.ErrCredentials, err, "the same error as for a wrong password")
	_, err = f.Reinstate(t.Context(), "ada")
	require.NoError(t, err)
	again, err := f.SignIn(t.Context(), "ada", password, home)
	require.NoError(t, err)
	require.Equal(t, account.ID, again.Account.ID)

	_, err = f.EndSessions(t.Context(), "ada")
	require.NoError(t, err)
	_, err = f.Refresh(t.Context(), again.RefreshToken, home)
	require.ErrorIs(t, err, domain.ErrRefreshToken)
	_, err = f.Suspend(t.Context(), "nobody")
	require.ErrorIs(t, err, domain.ErrAccountNotFound)
}

func TestRevokeRole_TakesEffectWithinOneSecond(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, grant := f.register(t, "ada")
	_, err := f.GrantRole(t.Context(), "ada", identity.RoleStaff)
	require.NoError(t, err)
	before, err := f.Authenticate(t.Context(), grant.AccessToken)
	require.NoError(t, err)
	require.Contains(t, before.Roles, identity.RoleStaff)
	account, err := f.RevokeRole(t.Context(), "ada", identity.RoleStaff)
	require.NoError(t, err)
	require.Equal(t, []string{identity.RoleCustomer}, account.Roles)
	f.clock.Advance(time.Second)
	caller, err := f.Authenticate(t.Context(), grant.AccessToken)
	require.NoError(t, err)
	require.Equal(t, []string{identity.RoleCustomer}, caller.Roles)
}

func TestLog_HasAccountsAndNoSecrets(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, grant := f.register(t, "ada")
	next, err := f.Refresh(t.Context(), grant.RefreshToken, home)
	require.NoError(t, err)
	_, err = f.SignIn(t.Context(), "ada", "a wrong secret here", home)
	require.ErrorIs(t, err, domain.ErrCredentials)
	_, err = f.SignIn(t.Context(), "my password by mistake", "x", home)
	require.ErrorIs(t, err, domain.ErrCredentials)
	_, err = f.GrantRole(t.Context(), "ada", identity.RoleStaff)
	require.NoError(t, err)
	_, err = f.RevokeRole(t.Context(), "ada", identity.RoleStaff)
	require.NoError(t, err)
	for _, secret := range []string{
		password, "wrong secret", "by mistake", grant.RefreshToken, next.RefreshToken,
		grant.AccessToken, "hash of",
	} {
		require.NotContains(t, f.log.String(), secret)
	}
	var messages []string
	for line := range bytes.Lines(f.log.Bytes()) {
		var entry struct{ Msg, Account string }
		require.NoError(t, json.Unmarshal(line, &entry))
		if entry.Account == account.ID.String() {
			messages = append(messages, entry.Msg)
		}
	}
	require.Equal(t, []string{
		"account registered", "signed in", "sign-in failed", "role granted", "role revoked",
	}, messages)
}
