package service_test

import (
	"context"
	"fmt"
	"testing"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

func newConfirmingFixture(t *testing.T) *mailFixture {
	t.Helper()
	f := newMailFixture(t)
	f.Verification.First = true
	return f
}

// noBuyers reports that no account has an order.
func noBuyers(context.Context, []id.ID) (map[id.ID]bool, error) { return nil, nil }

func (f *mailFixture) signInAs(t *testing.T, login string) error {
	t.Helper()
	_, err := f.SignIn(t.Context(), login, password, home)
	return err
}

func TestConfirmFirst_AccountIsUsableOnceItsAddressIsConfirmed(t *testing.T) {
	t.Parallel()
	f := newConfirmingFixture(t)
	account := f.signUp(t, "ada")
	require.ErrorIs(t, f.signInAs(t, "ada"), domain.ErrPending)
	require.ErrorIs(t, f.signInAs(t, "ada@example.com"), domain.ErrCredentials, "nobody has that address yet")
	_, err := f.SignIn(t.Context(), "ada", "a wrong password", home)
	require.ErrorIs(t, err, domain.ErrCredentials)
	first := f.last(t, "ada@example.com", domain.MailRegister)
	require.Empty(t, first.Name, "a stranger may have chosen the name")
	require.NoError(t, f.RequestVerification(t.Context(), "ada@example.com", home))
	second := f.last(t, "ada@example.com", domain.MailRegister)
	require.NotEqual(t, first.Token, second.Token)
	require.NoError(t, f.ConfirmAddress(t.Context(), second.Token, home))
	require.ErrorIs(t, f.ConfirmAddress(t.Context(), first.Token, home), domain.ErrLink)
	for _, login := range []string{"ada", "ada@example.com"} {
		require.NoError(t, f.signInAs(t, login))
	}
	got, err := f.Account(t.Context(), account.ID)
	require.NoError(t, err)
	require.True(t, got.Verified)
	require.False(t, got.Guest)
	require.Equal(t, []string{identity.RoleCustomer}, got.Roles)
	f.clock.Advance(f.Verification.Keep)
	require.NoError(t, f.ExpireUnverified(t.Context(), noBuyers))
	_, err = f.Account(t.Context(), account.ID)
	require.NoError(t, err)
}

func TestConfirmFirst_TakenAddress_TellsItsHolderOnly(t *testing.T) {
	t.Parallel()
	f := newConfirmingFixture(t)
	f.register(t, "ada")
	free := f.signUp(t, "bob")
	taken, err := f.RegisterFrom(t.Context(), domain.Registration{
		Email: "ADA@example.com", Handle: "eve", DisplayName: "eve", Password: password,
	}, home)
	require.NoError(t, err)
	require.Equal(t, []any{free.Email, free.Guest, free.Roles}, []any{taken.Email, taken.Guest, taken.Roles})
	for _, handle := range []string{"bob", "eve"} { // nor does a second attempt reveal it
		_, err = f.RegisterFrom(t.Context(), domain.Registration{
			Email: "other@example.com", Handle: handle, DisplayName: handle, Password: password,
		}, home)
		require.ErrorIs(t, err, domain.ErrHandleTaken)
		require.ErrorIs(t, f.signInAs(t, handle), domain.ErrPending)
	}
	mail := f.last(t, "ada@example.com", domain.MailTaken)
	require.Empty(t, mail.Token)
}

func TestConfirmFirst_TwoRegistrationsOfOneAddress_FirstConfirmationWins(t *testing.T) {
	t.Parallel()
	f := newConfirmingFixture(t)
	for _, handle := range []string{"eve", "ada"} {
		_, err := f.RegisterFrom(t.Context(), domain.Registration{
			Email: "ada@example.com", Handle: handle, DisplayName: handle, Password: password,
		}, home)
		require.NoError(t, err)
	}
	mails := f.deliver(t, "ada@example.com")
	require.Len(t, mails, 2)
	require.NoError(t, f.ConfirmAddress(t.Context(), mails[1].Token, home))
	require.ErrorIs(t, f.ConfirmAddress(t.Context(), mails[0].Token, home), domain.ErrLink)
	require.NoError(t, f.signInAs(t, "ada"))
	require.ErrorIs(t, f.signInAs(t, "eve"), domain.ErrPending)
}

func TestConfirmFirst_Guest_StaysOneUntilTheAddressIsConfirmed(t *testing.T) {
	t.Parallel()
	f := newConfirmingFixture(t)
	grant, err := f.StartGuest(t.Context(), home)
	require.NoError(t, err)
	registration := domain.Registration{
		Email: "typo@example.com", Handle: "ada", DisplayName: "Ada", Password: password,
	}
	for _, address := range []string{"typo@example.com", "ada@example.com"} {
		registration.Email = address
		got, err := f.RegisterGuest(t.Context(), grant.Account.ID, registration, home)
		require.NoError(t, err)
		require.True(t, got.Guest)
		f.deliver(t, address)
	}
	wrong, right := f.deliver(t, "typo@example.com"), f.deliver(t, "ada@example.com")
	require.ErrorIs(t, f.ConfirmAddress(t.Context(), wrong[0].Token, home), domain.ErrLink, "it was replaced")
	require.NoError(t, f.ConfirmAddress(t.Context(), right[0].Token, home))
	got, err := f.Account(t.Context(), grant.Account.ID)
	require.NoError(t, err)
	require.Equal(t, "ada@example.com", got.Email)
	require.False(t, got.Guest)
	_, err = f.RegisterGuest(t.Context(), grant.Account.ID, registration, home)
	require.ErrorIs(t, err, domain.ErrRegistered)
}

func TestConfirmFirst_Unconfirmed_IsErasedAndFreesItsHandle(t *testing.T) {
	t.Parallel()
	f := newConfirmingFixture(t)
	account := f.signUp(t, "ada")
	f.clock.Advance(f.Verification.Keep)
	require.NoError(t, f.ExpireUnverified(t.Context(), noBuyers))
	_, err := f.Account(t.Context(), account.ID)
	require.ErrorIs(t, err, domain.ErrAccountNotFound)
	require.Empty(t, f.deliver(t, "ada@example.com"))
	f.signUp(t, "ada")
}

func TestConfirmFirst_UnconfirmedBuyer_CanStillConfirm(t *testing.T) {
	t.Parallel()
	f := newConfirmingFixture(t)
	account := f.signUp(t, "ada")
	bought := func(context.Context, []id.ID) (map[id.ID]bool, error) { return map[id.ID]bool{account.ID: true}, nil }
	for range 2 {
		f.clock.Advance(f.Verification.Keep)
		require.NoError(t, f.ExpireUnverified(t.Context(), bought))
	}
	require.NoError(t, f.RequestVerification(t.Context(), "ada@example.com", home))
	mail := f.last(t, "ada@example.com", domain.MailRegister)
	require.NoError(t, f.ConfirmAddress(t.Context(), mail.Token, home))
	require.NoError(t, f.signInAs(t, "ada@example.com"))
}

func TestConfirmFirst_RepeatedRegistrations_SendFewMailsToOneAddress(t *testing.T) {
	t.Parallel()
	f := newConfirmingFixture(t)
	var err error
	for i := range 20 {
		_, err = f.RegisterFrom(t.Context(), domain.Registration{
			Email: "ada@example.com", Handle: fmt.Sprint("ada", i), DisplayName: "Ada", Password: password,
		}, at(fmt.Sprintf("198.51.%d.1", i)))
		if err != nil {
			break
		}
	}
	require.ErrorIs(t, err, domain.ErrTooMany)
	require.Len(t, f.deliver(t, "ada@example.com"), limit.Account.Burst)
}

func TestConfirmFirst_RoleGrantedBefore_IsKept(t *testing.T) {
	t.Parallel()
	f := newConfirmingFixture(t)
	account := f.signUp(t, "ada")
	_, err := f.GrantRole(t.Context(), "ada", identity.RoleStaff)
	require.NoError(t, err)
	mail := f.last(t, "ada@example.com", domain.MailRegister)
	require.NoError(t, f.ConfirmAddress(t.Context(), mail.Token, home))
	got, err := f.Account(t.Context(), account.ID)
	require.NoError(t, err)
	require.Equal(t, []string{identity.RoleStaff, identity.RoleCustomer}, got.Roles)
}
