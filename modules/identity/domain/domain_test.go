package domain_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/platform/fault"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

var store = domain.Names{"Pixel & Sons"}

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func registration() domain.Registration {
	return domain.Registration{
		Email: "Ada@Example.com", Handle: "Ada_1", DisplayName: " Ада Λ ",
		Password: "a sentence is good",
	}
}

func TestRegistration_Invalid_ReturnsAllViolations(t *testing.T) {
	t.Parallel()
	require.NoError(t, registration().Check(store))
	for location, bad := range map[string][]func(*domain.Registration){
		"email": {
			func(r *domain.Registration) { r.Email = "nonsense" },
			func(r *domain.Registration) { r.Email = "Ada <ada@example.com>" },
			func(r *domain.Registration) { r.Email = "ada@localhost" },
			func(r *domain.Registration) { r.Email = "ada@exa_mple.com" },
			func(r *domain.Registration) { r.Email = strings.Repeat("a", 250) + "@example.com" },
		},
		"handle": {
			func(r *domain.Registration) { r.Handle = "ab" },
			func(r *domain.Registration) { r.Handle = "-ada" },
			func(r *domain.Registration) { r.Handle = "ada@example.com" },
			func(r *domain.Registration) { r.Handle = strings.Repeat("a", 31) },
			func(r *domain.Registration) { r.Handle = "p\u0430ypal" }, // a Cyrillic a
			func(r *domain.Registration) { r.Handle = "ada.lovelace" },
			func(r *domain.Registration) { r.Handle = "Admin" },
			func(r *domain.Registration) { r.Handle = "s-t_aff" },
			func(r *domain.Registration) { r.Handle = "\uff33upport" },
			func(r *domain.Registration) { r.Handle = "pixel-sons" },
		},
		"display_name": {
			func(r *domain.Registration) { r.DisplayName = " " },
			func(r *domain.Registration) { r.DisplayName = "two\nlines" },
			func(r *domain.Registration) { r.DisplayName = "\u202eadA" },
			func(r *domain.Registration) { r.DisplayName = "Ada\u200b" },
			func(r *domain.Registration) { r.DisplayName = strings.Repeat("ж", 101) },
		},
		"password": {
			func(r *domain.Registration) { r.Password = "elevenchars" },
			func(r *domain.Registration) { r.Password = strings.Repeat("ab", 65) },
			func(r *domain.Registration) { r.Password = "Password1234" },
			func(r *domain.Registration) { r.Password = "zzzzzzzzzzzzzz" },
			func(r *domain.Registration) { r.Password = "ada@example.com" },
			func(r *domain.Registration) { r.Password = "ＡＤＡ@example.com" },
			func(r *domain.Registration) { r.Password = "Mailcreated 5240" },
			func(r *domain.Registration) { r.Password = "ｑｗｅｒｔｙ123456" },
			func(r *domain.Registration) { r.Password = "éééééééééééé" },
			func(r *domain.Registration) { r.Password = "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301" },
		},
	} {
		for i, change := range bad {
			r := registration()
			change(&r)
			err := r.Check(store)
			require.ErrorIs(t, err, domain.ErrInvalid, "%s %d", location, i)
			require.Equal(t, location, fault.Of(err).Fields[0].Location)
		}
	}
	require.Len(t, fault.Of(domain.Registration{}.Check(store)).Fields, 4)
}

func TestAccount_CanonicalFormsChangesAndErasure(t *testing.T) {
	t.Parallel()
	a := domain.NewAccount(id.V7{}.NewID(), registration(), "hash", now)
	require.Equal(t, "ada@example.com", a.View().Email)
	require.Equal(t, "ada_1", a.View().Handle)
	require.Equal(t, "Ада Λ", a.View().DisplayName)
	require.Equal(t, []string{identity.RoleCustomer}, a.View().Roles)

	name, handle, bad := "New", "NEW-handle", "!"
	require.NoError(t, a.Change(domain.Changes{DisplayName: &name, Handle: &handle}, store))
	require.Equal(t, "new-handle", a.View().Handle)
	require.ErrorIs(t, a.Change(domain.Changes{DisplayName: &name, Handle: &bad}, store), domain.ErrInvalid)
	require.NoError(t, a.Change(domain.Changes{}, store))

	require.NoError(t, a.GrantRole(identity.RoleStaff))
	require.NoError(t, a.GrantRole(identity.RoleStaff))
	require.Equal(t, []string{identity.RoleCustomer, identity.RoleStaff}, a.View().Roles)
	require.ErrorIs(t, a.GrantRole("emperor"), domain.ErrRole)
	require.NoError(t, a.RevokeRole(identity.RoleStaff))
	require.NoError(t, a.RevokeRole(identity.RoleStaff))
	require.Equal(t, []string{identity.RoleCustomer}, a.View().Roles)
	require.ErrorIs(t, a.RevokeRole(identity.RoleCustomer), domain.ErrKeepRole)
	require.ErrorIs(t, a.RevokeRole("emperor"), domain.ErrRole)

	require.ErrorIs(t, a.CheckNewPassword("short"), domain.ErrInvalid)
	require.NoError(t, a.CheckNewPassword("long enough to be good"))
	a.ChangePassword("other")
	require.Equal(t, "other", a.PasswordHash())

	a.Erase(now)
	require.Equal(t, identity.Account{ID: a.ID(), CreatedAt: now, Version: 1}, a.View())
	require.Empty(t, a.PasswordHash())
}

func TestBreachedPasswords_List_IsComplete(t *testing.T) {
	t.Parallel()
	breached := []string{
		"123qweasdzxc", "leavemealone", "PASSWORD1234", "correct horse battery staple",
		"Trust No 1 Trust No 1",
	}
	for _, password := range breached {
		require.Error(t, new(domain.Account).CheckNewPassword(password), password)
	}
	require.GreaterOrEqual(t, domain.BreachedPasswords(), 40_000)
}

func TestNetwork_IPv4Address_IPv6Subnet64(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::1": "2001:db8:1:2::/64",
		"fe80::1%eth0":    "fe80::/64",
	} {
		require.Equal(t, want, domain.Network(netip.MustParseAddr(address)))
	}
	require.Empty(t, domain.Network(netip.Addr{}))
}

func TestRate_BurstThenSteadyRate_DebtIsLimited(t *testing.T) {
	t.Parallel()
	rate, at := domain.Rate{Burst: 3, Per: time.Minute}, now
	var emptyAt time.Time
	for range 3 {
		require.Zero(t, rate.Wait(emptyAt, at))
		emptyAt = rate.Attempt(domain.Bucket{}).Fill(emptyAt, at)
	}
	require.Equal(t, 20*time.Second, rate.Wait(emptyAt, at))
	require.Zero(t, rate.Wait(emptyAt, at.Add(20*time.Second)))
	for range 100 { // concurrent attempts, which all passed Wait
		emptyAt = rate.Attempt(domain.Bucket{}).Fill(emptyAt, at)
	}
	require.Equal(t, 80*time.Second, rate.Wait(emptyAt, at), "the debt is at most twice the period")
}

func TestSession_Extended_EndsAfterAbsoluteLifetime(t *testing.T) {
	t.Parallel()
	s := domain.NewSession(id.V7{}.NewID(), id.V7{}.NewID(), "test", now,
		domain.Lifetimes{Idle: 30 * day, Absolute: 90 * day})
	for elapsed := 20 * day; elapsed < 90*day; elapsed += 20 * day {
		require.True(t, s.Alive(now.Add(elapsed)))
		s.Extend(now.Add(elapsed), domain.Lifetimes{Idle: 30 * day, Absolute: 90 * day})
	}
	require.Equal(t, now.Add(90*day), s.ExpiresAt)
	require.False(t, s.Alive(now.Add(90*day)))
}

const day = 24 * time.Hour

func TestNewSession_InvalidUserAgent_IsSanitized(t *testing.T) {
	t.Parallel()
	for client, want := range map[string]string{
		"Mozilla\xff\xfe/5.0": "Mozilla\ufffd/5.0", "a\x00b": "ab",
		strings.Repeat("x", 199) + "é": strings.Repeat("x", 199),
	} {
		require.Equal(t, want, domain.NewSession(id.V7{}.NewID(), id.V7{}.NewID(), client, now, ttl).Client)
	}
}

var ttl = domain.Lifetimes{Idle: time.Hour, Absolute: 24 * time.Hour}

func TestSession_Alive_UntilExpiryOrEnd(t *testing.T) {
	t.Parallel()
	s := domain.NewSession(id.V7{}.NewID(), id.V7{}.NewID(), strings.Repeat("x", 300), now, ttl)
	require.Len(t, s.Client, 200)
	require.True(t, s.Alive(now))
	require.False(t, s.Alive(now.Add(time.Hour)))
	s.Extend(now.Add(time.Minute), ttl)
	require.True(t, s.Alive(now.Add(time.Hour)))
	s.EndedAt = &now
	require.False(t, s.Alive(now))
}
