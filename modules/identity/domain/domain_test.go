package domain_test

import (
	"strings"
	"testing"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/platform/fault"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func registration() domain.Registration {
	return domain.Registration{Email: "Ada@Example.com", Handle: "Ada_1", DisplayName: " Ада Λ ", Password: "a sentence is good"}
}

func TestARegistrationIsRefusedWithEveryViolation(t *testing.T) {
	t.Parallel()
	require.NoError(t, registration().Check())
	for location, bad := range map[string][]func(*domain.Registration){
		"body.email": {
			func(r *domain.Registration) { r.Email = "nonsense" },
			func(r *domain.Registration) { r.Email = "Ada <ada@example.com>" },
			func(r *domain.Registration) { r.Email = "ada@localhost" },
			func(r *domain.Registration) { r.Email = strings.Repeat("a", 250) + "@example.com" },
		},
		"body.handle": {
			func(r *domain.Registration) { r.Handle = "ab" },
			func(r *domain.Registration) { r.Handle = "-ada" },
			func(r *domain.Registration) { r.Handle = "ada@example.com" },
			func(r *domain.Registration) { r.Handle = strings.Repeat("a", 31) },
		},
		"body.display_name": {
			func(r *domain.Registration) { r.DisplayName = " " },
			func(r *domain.Registration) { r.DisplayName = "two\nlines" },
			func(r *domain.Registration) { r.DisplayName = strings.Repeat("ж", 101) },
		},
		"body.password": {
			func(r *domain.Registration) { r.Password = "elevenchars" },
			func(r *domain.Registration) { r.Password = strings.Repeat("ab", 65) },
			func(r *domain.Registration) { r.Password = "Password1234" },
			func(r *domain.Registration) { r.Password = "zzzzzzzzzzzzzz" },
			func(r *domain.Registration) { r.Password = "ada@example.com" },
		},
	} {
		for i, change := range bad {
			r := registration()
			change(&r)
			err := r.Check()
			require.ErrorIs(t, err, domain.ErrInvalid, "%s %d", location, i)
			require.Equal(t, location, fault.Of(err).Fields[0].Location)
		}
	}
	require.Len(t, fault.Of(domain.Registration{}.Check()).Fields, 4)
}

func TestAnAccountIsComparedInLowerCaseAndChangesByItsVerbs(t *testing.T) {
	t.Parallel()
	a := domain.NewAccount(id.V7{}.NewID(), registration(), "hash", now)
	require.Equal(t, "ada@example.com", a.View().Email)
	require.Equal(t, "ada_1", a.View().Handle)
	require.Equal(t, "Ада Λ", a.View().DisplayName)
	require.Equal(t, []string{identity.RoleCustomer}, a.View().Roles)

	name, handle, bad := "New", "NEW-handle", "!"
	require.NoError(t, a.Change(domain.Changes{DisplayName: &name, Handle: &handle}))
	require.Equal(t, "new-handle", a.View().Handle)
	require.ErrorIs(t, a.Change(domain.Changes{DisplayName: &name, Handle: &bad}), domain.ErrInvalid)
	require.NoError(t, a.Change(domain.Changes{}))

	require.NoError(t, a.GrantRole(identity.RoleStaff))
	require.NoError(t, a.GrantRole(identity.RoleStaff))
	require.Equal(t, []string{identity.RoleCustomer, identity.RoleStaff}, a.View().Roles)
	require.ErrorIs(t, a.GrantRole("emperor"), domain.ErrRole)

	require.ErrorIs(t, a.CheckNewPassword("short"), domain.ErrInvalid)
	require.NoError(t, a.CheckNewPassword("long enough to be good"))
	a.ChangePassword("other")
	require.Equal(t, "other", a.PasswordHash())

	a.Erase(now)
	require.Equal(t, identity.Account{ID: a.ID(), CreatedAt: now, Version: 1}, a.View())
	require.Empty(t, a.PasswordHash())
}

func TestASessionLivesUntilItExpiresOrEnds(t *testing.T) {
	t.Parallel()
	s := domain.NewSession(id.V7{}.NewID(), id.V7{}.NewID(), strings.Repeat("x", 300), now, time.Hour)
	require.Len(t, s.Client, 200)
	require.True(t, s.Alive(now))
	require.False(t, s.Alive(now.Add(time.Hour)))
	s.Extend(now.Add(time.Minute), time.Hour)
	require.True(t, s.Alive(now.Add(time.Hour)))
	s.EndedAt = &now
	require.False(t, s.Alive(now))
}
