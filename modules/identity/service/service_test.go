package service_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/adapters/jwt"
	"coinslot/modules/identity/adapters/memory"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/modules/identity/service"
	"coinslot/platform/clock"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

// plain implements ports.Passwords without hashing.
type plain struct{}

// Hash returns a text with the password.
func (plain) Hash(_ context.Context, _ ports.Lane, password string) (string, error) {
	return "hash of " + password, nil
}

// Verify compares the texts.
func (plain) Verify(_ context.Context, _ ports.Lane, password, hash string) (bool, error) {
	return hash == "hash of "+password, nil
}

var limit = service.Limit{
	Account: domain.Rate{Burst: 5, Per: 10 * time.Minute}, Network: domain.Rate{Burst: 10, Per: 10 * time.Minute},
	All: domain.Rate{Burst: 30, Per: 10 * time.Minute},
}

// at returns a client with an address.
func at(address string) service.Client {
	return service.Client{Address: netip.MustParseAddr(address), Agent: "test"}
}

// home is the network of the first sign-ins.
var home = at("192.0.2.1")

const password = "a sentence is good"

type fixture struct {
	*service.Service
	store *memory.Store
	clock *clock.Manual
	log   *bytes.Buffer
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	tokens, err := jwt.New(identity.TokenConfig{Key: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
	require.NoError(t, err)
	f := fixture{
		log: &bytes.Buffer{}, store: memory.NewStore(),
		clock: clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
	}
	f.Service, err = service.New(service.Deps{
		Work: f.store, Directory: f.store, Attempts: f.store, Upkeep: f.store, Passwords: plain{}, Tokens: tokens,
		Clock: f.clock, IDs: id.V7{},
		Lifetimes: service.Lifetimes{
			Access:  10 * time.Minute,
			Session: domain.Lifetimes{Idle: time.Hour, Absolute: 90 * time.Hour},
		},
		Limits: service.Limits{
			SignIn: limit, Register: limit, Password: limit, Refresh: limit,
			Known: domain.Rate{Burst: 40, Per: 24 * time.Hour},
		},
		Log: slog.New(slog.NewJSONHandler(f.log, nil)),
	})
	require.NoError(t, err)
	return f
}

func (f fixture) register(t *testing.T, name string) (identity.Account, service.Grant) {
	t.Helper()
	account, err := f.Register(t.Context(),
		domain.Registration{Email: name + "@example.com", Handle: name, DisplayName: name, Password: password})
	require.NoError(t, err)
	grant, err := f.SignIn(t.Context(), name, password, home)
	require.NoError(t, err)
	return account, grant
}

func by(account identity.Account, password string) service.Confirmation {
	return service.Confirmation{AccountID: account.ID, Password: password, Client: home}
}

func TestSignIn_WrongLoginOrPassword_ReturnsErrCredentials(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, grant := f.register(t, "ada")
	require.Equal(t, account, grant.Account)
	for _, login := range []string{"ada", "ADA@example.com", " ada "} {
		_, err := f.SignIn(t.Context(), login, password, home)
		require.NoError(t, err)
	}
	for login, pw := range map[string]string{"ada": "wrong", "bob": password, "": ""} {
		_, err := f.SignIn(t.Context(), login, pw, home)
		require.Equal(t, domain.ErrCredentials, err)
	}
	_, err := f.Register(t.Context(), domain.Registration{})
	require.ErrorIs(t, err, domain.ErrInvalid)
	_, err = f.Register(t.Context(), domain.Registration{
		Email: "ada@example.com", Handle: "other",
		DisplayName: "x", Password: password,
	})
	require.ErrorIs(t, err, domain.ErrTaken)
}

func TestAuthenticate_UntilExpiryOrEndOfSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, grant := f.register(t, "ada")
	caller, err := f.Authenticate(t.Context(), grant.AccessToken)
	require.NoError(t, err)
	require.Equal(t, account.ID, caller.AccountID)
	require.Equal(t, []string{identity.RoleCustomer}, caller.Roles)

	_, err = f.GrantRole(t.Context(), "ada", identity.RoleStaff)
	require.NoError(t, err)
	f.clock.Advance(time.Second)
	caller, err = f.Authenticate(t.Context(), grant.AccessToken)
	require.NoError(t, err)
	require.Contains(t, caller.Roles, identity.RoleStaff, "roles are cached for at most a second")

	f.clock.Advance(10 * time.Minute)
	_, err = f.Authenticate(t.Context(), grant.AccessToken)
	require.ErrorIs(t, err, domain.ErrToken)

	again, err := f.SignIn(t.Context(), "ada", password, home)
	require.NoError(t, err)
	caller, err = f.Authenticate(t.Context(), again.AccessToken)
	require.NoError(t, err)
	require.NoError(t, f.SignOut(t.Context(), account.ID, caller.SessionID))
	_, err = f.Authenticate(t.Context(), again.AccessToken)
	require.ErrorIs(t, err, domain.ErrToken)
	require.ErrorIs(t, f.SignOut(t.Context(), account.ID, caller.SessionID), domain.ErrSessionNotFound)
	_, err = f.GrantRole(t.Context(), "nobody", identity.RoleStaff)
	require.ErrorIs(t, err, domain.ErrAccountNotFound)
}

func TestRefresh_TokenReused_RevokesSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, first := f.register(t, "ada")
	second, err := f.Refresh(t.Context(), first.RefreshToken, home)
	require.NoError(t, err)
	f.clock.Advance(10 * time.Second)
	_, err = f.Authenticate(t.Context(), second.AccessToken)
	require.NoError(t, err)
	_, err = f.Refresh(t.Context(), first.RefreshToken, home)
	require.ErrorIs(t, err, domain.ErrRefreshToken)
	_, err = f.Refresh(t.Context(), second.RefreshToken, home)
	require.ErrorIs(t, err, domain.ErrRefreshToken)
	_, err = f.Authenticate(t.Context(), second.AccessToken)
	require.ErrorIs(t, err, domain.ErrToken)
	_, err = f.Refresh(t.Context(), "unknown", home)
	require.ErrorIs(t, err, domain.ErrRefreshToken)
}

func TestRefresh_SessionExpired_ReturnsErrRefreshToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, grant := f.register(t, "ada")
	sessions, err := f.Sessions(t.Context(), account.ID)
	require.NoError(t, err)
	require.Len(t, sessions, 1)
	f.clock.Advance(time.Hour)
	_, err = f.Refresh(t.Context(), grant.RefreshToken, home)
	require.ErrorIs(t, err, domain.ErrRefreshToken)
}

func TestChangePassword_EndsOtherSessions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, grant := f.register(t, "ada")
	other, err := f.SignIn(t.Context(), "ada", password, home)
	require.NoError(t, err)
	mine, err := f.Authenticate(t.Context(), grant.AccessToken)
	require.NoError(t, err)
	change := func(current, next string) error {
		return f.ChangePassword(t.Context(), mine.SessionID, by(account, current), next)
	}
	require.ErrorIs(t, change("wrong", "another sentence"), domain.ErrPassword)
	require.ErrorIs(t, change(password, "short"), domain.ErrInvalid)
	require.NoError(t, change(password, "another sentence"))
	_, err = f.Refresh(t.Context(), other.RefreshToken, home)
	require.ErrorIs(t, err, domain.ErrRefreshToken)
	_, err = f.Refresh(t.Context(), grant.RefreshToken, home)
	require.NoError(t, err)
	_, err = f.SignIn(t.Context(), "ada", password, home)
	require.ErrorIs(t, err, domain.ErrCredentials)
}

func TestChange_StaleVersion_ReturnsErrStale(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, _ := f.register(t, "ada")
	f.register(t, "bob")
	name, taken := "Ada L.", "bob"
	renamed, err := f.Change(t.Context(), account.ID, account.Version, domain.Changes{DisplayName: &name})
	require.NoError(t, err)
	found, err := f.Account(t.Context(), account.ID)
	require.NoError(t, err)
	require.Equal(t, renamed, found)
	_, err = f.Change(t.Context(), account.ID, account.Version, domain.Changes{DisplayName: &name})
	require.ErrorIs(t, err, domain.ErrStale)
	_, err = f.Change(t.Context(), account.ID, 0, domain.Changes{Handle: &taken})
	require.ErrorIs(t, err, domain.ErrHandleTaken)
}

func TestErase_RemovesDataAndPublishesEvent(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, grant := f.register(t, "ada")
	require.ErrorIs(t, f.Erase(t.Context(), by(account, "wrong")), domain.ErrPassword)
	require.NoError(t, f.Erase(t.Context(), by(account, password)))
	require.Equal(t, []identity.AccountErased{{AccountID: account.ID}}, f.store.Erased())
	_, err := f.Account(t.Context(), account.ID)
	require.ErrorIs(t, err, domain.ErrAccountNotFound)
	_, err = f.Refresh(t.Context(), grant.RefreshToken, home)
	require.ErrorIs(t, err, domain.ErrRefreshToken)
	require.ErrorIs(t, f.Erase(t.Context(), by(account, password)), domain.ErrAccountNotFound)
	again, _ := f.register(t, "ada")
	require.NotEqual(t, account.ID, again.ID)
}
