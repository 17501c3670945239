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

func TestRefresh_repeatedWithinTenSecondsReturnsTheSameSuccessor(t *testing.T) {
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
	require.ErrorIs(t, err, domain.ErrRefreshToken, "the family is revoked")
}

func TestSession_endsAfterItsAbsoluteLifetimeHoweverOftenItIsUsed(t *testing.T) {
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

// guess tries n wrong passwords and returns how many were looked at before the limit.
func (f fixture) guess(t *testing.T, login string, client service.Client, n int) (looked int) {
	t.Helper()
	for range n {
		_, err := f.SignIn(t.Context(), login, "a wrong password", client)
		if errors.Is(err, domain.ErrCredentials) {
			looked++
			continue
		}
		require.ErrorIs(t, err, domain.ErrTooMany)
		require.Positive(t, fault.Of(err).RetryAfter)
	}
	return looked
}

func TestSignIn_guessesAreLimitedByAccount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(t, "ada")
	for i, login := range []string{"ada", "nobody"} { // alike, whether there is such an account or not
		looked := 0
		for n := range 30 {
			looked += f.guess(t, login, at(fmt.Sprintf("198.51.100.%d", 100*i+n/3)), 1)
		}
		require.Equal(t, 5, looked, login)
	}
	f.clock.Advance(2 * time.Minute)
	require.Equal(t, 1, f.guess(t, "ada", at("203.0.113.1"), 1), "one more each two minutes")
	require.Equal(t, 0, f.guess(t, "ada", at("203.0.113.2"), 1))
}

func TestSignIn_guessesAreLimitedByNetwork(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	looked := 0
	for n := range 40 { // a password sprayed over many accounts from one /64
		looked += f.guess(t, fmt.Sprintf("buyer-%d", n), at(fmt.Sprintf("2001:db8::%x", n+1)), 1)
	}
	require.Equal(t, 10, looked)
	require.Equal(t, 1, f.guess(t, "buyer-99", at("2001:db8:0:1::1"), 1), "another /64 is another network")
}

func TestSignIn_guessesAreLimitedForTheWholeStore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	looked := 0
	for n := range 60 {
		looked += f.guess(t, fmt.Sprintf("buyer-%d", n), at(fmt.Sprintf("198.51.100.%d", n)), 1)
	}
	require.Equal(t, 30, looked)
}

func TestSignIn_ownerIsLetInWhereTheySignedInBefore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(t, "ada")
	f.guess(t, "ada", at("198.51.100.1"), 30) // elsewhere
	f.guess(t, "ada", home, 30)               // and beside the owner
	_, err := f.SignIn(t.Context(), "ada", password, home)
	require.NoError(t, err)
	_, err = f.SignIn(t.Context(), "ada", "a wrong password", home)
	require.ErrorIs(t, err, domain.ErrTooMany, "a wrong one is told nothing there either")
	_, err = f.SignIn(t.Context(), "ada", password, at("203.0.113.9"))
	require.ErrorIs(t, err, domain.ErrTooMany, "elsewhere the right password waits as the others do")
	f.clock.Advance(20 * time.Minute)
	_, err = f.SignIn(t.Context(), "ada", password, at("203.0.113.9"))
	require.NoError(t, err, "nobody is locked out for good")

	f.guess(t, "ada", home, 80)
	_, err = f.SignIn(t.Context(), "ada", password, home)
	require.ErrorIs(t, err, domain.ErrTooMany, "guesses beside the owner have an end too")
}

func TestSignIn_wrongPasswordAfterRetryAfterIsToldSo(t *testing.T) {
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
	for range 3 { // they make nobody wait longer
		require.ErrorIs(t, wrong(), domain.ErrTooMany)
	}
	f.clock.Advance(fault.Of(wrong()).RetryAfter)
	require.ErrorIs(t, wrong(), domain.ErrCredentials)
}

func TestRegister_isLimitedAndDoesNotSayWhatIsTaken(t *testing.T) {
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
	require.ErrorIs(t, try("nonsense", "x"), domain.ErrInvalid, "what cannot be an account is told at once")
}

func TestPasswordConfirmation_isLimited(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, grant := f.register(t, "ada")
	caller, err := f.Authenticate(t.Context(), grant.AccessToken)
	require.NoError(t, err)
	wrong := func(client service.Client) error {
		return f.ChangePassword(t.Context(), caller.SessionID,
			service.Confirmation{AccountID: account.ID, Password: "a wrong password", Client: client}, "another sentence")
	}
	for range 5 {
		require.ErrorIs(t, wrong(at("198.51.100.1")), domain.ErrPassword)
	}
	require.ErrorIs(t, wrong(at("198.51.100.1")), domain.ErrTooMany)
	require.ErrorIs(t, wrong(home), domain.ErrTooMany)
	stolen := service.Confirmation{AccountID: account.ID, Password: password, Client: at("198.51.100.1")}
	require.ErrorIs(t, f.Erase(t.Context(), stolen), domain.ErrTooMany)
	require.NoError(t, f.Erase(t.Context(), by(account, password)), "the owner, at home")
}

func TestRefresh_isLimitedForBadTokensAlone(t *testing.T) {
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
	require.NoError(t, err, "a good one is let through")
}

func TestSuspend_endsSessionsUntilTheAccountIsReinstated(t *testing.T) {
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
	require.Equal(t, domain.ErrCredentials, err, "as for anybody else")
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

func TestRevokeRole_takesEffectWithinASecond(t *testing.T) {
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

func TestLog_namesTheAccountAndNoSecret(t *testing.T) {
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
	var told []string
	for line := range bytes.Lines(f.log.Bytes()) {
		var entry struct{ Msg, Account string }
		require.NoError(t, json.Unmarshal(line, &entry))
		if entry.Account == account.ID.String() {
			told = append(told, entry.Msg)
		}
	}
	require.Equal(t, []string{"account registered", "signed in", "sign-in failed", "role granted", "role revoked"}, told)
}
