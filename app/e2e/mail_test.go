package e2e_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"

	"github.com/stretchr/testify/require"
)

const nextPassword = "another long sentence"

func TestMail(t *testing.T) {
	t.Parallel()
	box, mailing := harness.OpenInbox(t)
	r := harness.Start(t, nil, mailing)
	for name, test := range map[string]func(t *testing.T, r *harness.Store, box harness.Inbox){
		"address_is_confirmed_by_link":          confirmAddress,
		"password_is_reset_by_link":             resetPassword,
		"two_resets_with_one_link":              resetTwice,
		"unknown_address_gets_the_same_answer":  resetUnknown,
		"address_is_changed_by_link":            changeAddress,
		"sign_in_from_new_device":               newDevice,
		"erased_account_gets_a_last_mail":       eraseWithMail,
		"receipt_and_refund_have_documents":     receipts,
		"host_header_does_not_change_the_links": hostHeader,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, r, box)
		})
	}
}

func confirmAddress(t *testing.T, r *harness.Store, box harness.Inbox) {
	ada := r.NewBuyer(t)
	require.Equal(t, false, ada.Get("/v1/me").Body["email_verified"])
	mail := box.Await(t, ada.Address(), 1)
	require.Equal(t, "Confirm your e-mail address", mail.Subject)
	token := harness.TokenOf(t, mail)
	guest := r.Guest(t)
	guest.Post("/v1/email-verifications/confirm", harness.Object{"token": token}).Is(http.StatusNoContent)
	require.Equal(t, true, ada.Get("/v1/me").Body["email_verified"])
	guest.Post("/v1/email-verifications/confirm", harness.Object{"token": token}).
		Problem(http.StatusUnprocessableEntity, "bad-link")
	guest.Post("/v1/password-resets/confirm", harness.Object{"token": token, "new_password": nextPassword}).
		Problem(http.StatusUnprocessableEntity, "bad-link")
}

func resetPassword(t *testing.T, r *harness.Store, box harness.Inbox) {
	ada := r.NewBuyer(t)
	address := ada.Address()
	box.Await(t, address, 1)
	guest := r.Guest(t)
	guest.Post("/v1/password-resets", harness.Object{"email": strings.ToUpper(address)}).Is(http.StatusAccepted)
	token := harness.TokenOf(t, box.Await(t, address, 2))
	refused := guest.Post("/v1/password-resets/confirm",
		harness.Object{"token": token, "new_password": "password1234"}).Is(http.StatusUnprocessableEntity)
	require.Equal(t, "body.new_password", refused.Body["errors"].([]any)[0].(harness.Object)["location"])
	guest.Post("/v1/password-resets/confirm", harness.Object{"token": token, "new_password": nextPassword}).
		Is(http.StatusNoContent)
	harness.Eventually(t, "sessions end", func() bool { return ada.Get("/v1/me").Status == http.StatusUnauthorized })
	ada.SignIn(address, nextPassword)
	require.Equal(t, "Your password was changed", box.Await(t, address, 3).Subject)
	require.Zero(t, r.Count(t, "SELECT count(*) FROM river.river_job WHERE args::text LIKE '%"+token+"%'"))
}

func resetTwice(t *testing.T, r *harness.Store, box harness.Inbox) {
	ada := r.NewBuyer(t)
	address := ada.Address()
	box.Await(t, address, 1)
	r.Guest(t).Post("/v1/password-resets", harness.Object{"email": address}).Is(http.StatusAccepted)
	token := harness.TokenOf(t, box.Await(t, address, 2))
	statuses := make([]int, 4)
	var group sync.WaitGroup
	for i := range statuses {
		group.Go(func() {
			statuses[i] = r.Guest(t).Post("/v1/password-resets/confirm",
				harness.Object{"token": token, "new_password": nextPassword}).Status
		})
	}
	group.Wait()
	require.ElementsMatch(t, []int{204, 422, 422, 422}, statuses)
}

func resetUnknown(t *testing.T, r *harness.Store, box harness.Inbox) {
	ada := r.NewBuyer(t)
	box.Await(t, ada.Address(), 1)
	guest, unknown := r.Guest(t), "nobody-"+harness.NewKey()[24:]+"@example.com"
	for _, path := range []string{"/v1/password-resets", "/v1/email-verifications"} {
		known := guest.Post(path, harness.Object{"email": ada.Address()}).Is(http.StatusAccepted)
		absent := guest.Post(path, harness.Object{"email": unknown}).Is(http.StatusAccepted)
		require.Empty(t, known.Raw)
		require.Empty(t, absent.Raw)
	}
	box.Await(t, ada.Address(), 3)
	harness.Eventually(t, "all mails are handled", func() bool {
		return r.Count(t, `SELECT count(*) FROM river.river_job WHERE state <> 'completed'
			AND args::text LIKE '%`+unknown+`%'`) == 0
	})
	require.Empty(t, box.Messages(unknown))
	for _, body := range []string{`{"email":"x"}`, `{"email":""}`, `{}`, `{"email":"a@b.example\r\nBcc: c@d.example"}`} {
		answer := guest.Post("/v1/password-resets", body).Is(http.StatusUnprocessableEntity)
		require.Contains(t, string(answer.Raw), "email")
	}
}

func changeAddress(t *testing.T, r *harness.Store, box harness.Inbox) {
	ada, bob := r.NewBuyer(t), r.NewBuyer(t)
	old, taken := ada.Address(), bob.Address()
	next := "next-" + old
	box.Await(t, old, 1)
	box.Await(t, taken, 1)
	put := func(email, password string) harness.Reply {
		return ada.Send(http.MethodPut, "/v1/me/email", harness.Object{"email": email, "password": password}, nil)
	}
	put(next, "wrong").Problem(http.StatusForbidden, "wrong-password")
	require.Equal(t, put(next, harness.TestPassword).Is(http.StatusAccepted).Raw,
		put(taken, harness.TestPassword).Is(http.StatusAccepted).Raw)
	require.Equal(t, "You already have an account", box.Await(t, taken, 2).Subject)
	require.Equal(t, old, ada.Address())
	token := harness.TokenOf(t, box.Await(t, next, 1))
	r.Guest(t).Post("/v1/email-verifications/confirm", harness.Object{"token": token}).Is(http.StatusNoContent)
	require.Equal(t, next, ada.Address())
	require.Equal(t, "Your e-mail address was changed", box.Await(t, old, 2).Subject)
	ada.SignIn(next, harness.TestPassword)
}

func newDevice(t *testing.T, r *harness.Store, box harness.Inbox) {
	ada := r.NewBuyer(t)
	address := ada.Address()
	box.Await(t, address, 1)
	r.From(t, "127.0.0.7").SignIn(address, harness.TestPassword)
	require.Equal(t, "New sign-in to your account", box.Await(t, address, 2).Subject)
}

func eraseWithMail(t *testing.T, r *harness.Store, box harness.Inbox) {
	ada := r.NewBuyer(t)
	address := ada.Address()
	box.Await(t, address, 1)
	ada.Send(http.MethodPatch, "/v1/me", harness.Object{"language": "de"}, nil).Is(http.StatusOK)
	ada.Delete("/v1/me", harness.Object{"password": harness.TestPassword}).Is(http.StatusNoContent)
	require.Equal(t, "Ihr Konto wurde gelöscht", box.Await(t, address, 2).Subject)
}

func hostHeader(t *testing.T, r *harness.Store, box harness.Inbox) {
	ada := r.NewBuyer(t)
	address := ada.Address()
	box.Await(t, address, 1)
	request := r.Guest(t).Request(http.MethodPost, "/v1/password-resets", harness.Object{"email": address},
		http.Header{"X-Forwarded-Host": {"evil.example"}, "Forwarded": {"host=evil.example"}})
	request.Host = "evil.example"
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	mail := box.Await(t, address, 2)
	harness.TokenOf(t, mail)
	require.NotContains(t, mail.Text+mail.HTML, "evil")
}

// River retries failed jobs after a growing time. The test moves their next attempt to now instead of waiting.
func TestMail_ServerDown_EachMailArrivesOnce(t *testing.T) {
	t.Parallel()
	box, mailing := harness.OpenInbox(t)
	box.Interrupt(true)
	r := harness.Start(t, nil, mailing)
	buyers := []*harness.Client{r.NewBuyer(t), r.NewBuyer(t), r.NewBuyer(t)}
	const failed = `SELECT count(*) FROM river.river_job WHERE kind = 'identity.mail_requested'
		AND state IN ('retryable', 'available') AND cardinality(errors) > 0`
	harness.Eventually(t, "all mails have failed", func() bool { return r.Count(t, failed) == len(buyers) })
	require.Empty(t, box.Messages(""))
	box.Interrupt(false)
	keys := map[string]bool{}
	for _, buyer := range buyers {
		harness.Eventually(t, "mail arrives", func() bool {
			r.AsOwner(t, `UPDATE river.river_job SET scheduled_at = now() WHERE state = 'retryable'`)
			return len(box.Messages(buyer.Address())) > 0
		})
		mail := box.Await(t, buyer.Address(), 1)
		keys[mail.MessageID] = true
		r.Guest(t).Post("/v1/email-verifications/confirm", harness.Object{"token": harness.TokenOf(t, mail)}).
			Is(http.StatusNoContent)
	}
	require.Len(t, keys, len(buyers), "each mail has a Message-ID of its own")
	harness.Eventually(t, "all jobs are done", func() bool {
		return r.Count(t, `SELECT count(*) FROM river.river_job WHERE kind = 'identity.mail_requested'
			AND state <> 'completed'`) == 0
	})
	require.Len(t, box.Messages(""), len(buyers))
}

func TestMail_NotConfigured_Returns503(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	ada := r.NewBuyer(t)
	for _, path := range []string{"/v1/password-resets", "/v1/email-verifications"} {
		r.Guest(t).Post(path, harness.Object{"email": ada.Address()}).
			Problem(http.StatusServiceUnavailable, "mail-not-configured")
	}
	body := harness.Object{"email": "x@example.com", "password": harness.TestPassword}
	ada.Send(http.MethodPut, "/v1/me/email", body, nil).
		Problem(http.StatusServiceUnavailable, "mail-not-configured")
	require.Zero(t, r.Count(t, "SELECT count(*) FROM river.river_job WHERE kind LIKE '%mail%'"))
}

func receipts(t *testing.T, r *harness.Store, box harness.Inbox) {
	ada := r.NewBuyer(t)
	address := ada.Address()
	box.Await(t, address, 1)
	order := ada.Buy("pm_ok", ada.Add("oddments")).Is(http.StatusCreated)
	receipt := box.Await(t, address, 2)
	require.Contains(t, receipt.Subject, "Your receipt for order "+order.Text("number"))
	require.Len(t, receipt.Attachments, 1)
	invoice := order.Body["invoice"].(harness.Object)["id"].(string)
	require.Equal(t, ada.AwaitDocument("/v1/invoices/"+invoice+"/pdf").Raw, receipt.Attachments[0].Data())
	require.True(t, strings.HasPrefix(receipt.MessageID, invoice+"@"), receipt.MessageID)
	refund := ada.Refund(order.Text("id"), nil).Is(http.StatusCreated)
	mail := box.Await(t, address, 3)
	require.Contains(t, mail.Subject, "Your refund for order "+order.Text("number"))
	note := refund.Body["credit_note"].(harness.Object)["id"].(string)
	require.Equal(t, ada.AwaitDocument("/v1/credit-notes/"+note+"/pdf").Raw, mail.Attachments[0].Data())
}

func TestCheckout_AddressNotConfirmed_ByConfiguration_Returns403(t *testing.T) {
	t.Parallel()
	box, mailing := harness.OpenInbox(t, func(cfg *store.Config) { cfg.Checkout.VerifiedOnly = true })
	r := harness.Start(t, nil, mailing)
	ada := r.NewBuyer(t)
	item := ada.Add("oddments")
	ada.Buy("pm_ok", item).Problem(http.StatusForbidden, "address-not-verified")
	token := harness.TokenOf(t, box.Await(t, ada.Address(), 1))
	r.Guest(t).Post("/v1/email-verifications/confirm", harness.Object{"token": token}).Is(http.StatusNoContent)
	ada.Buy("pm_ok", item).Is(http.StatusCreated)
}

func TestUnverified_ExpiredWithoutOrder_IsErased(t *testing.T) {
	t.Parallel()
	_, mailing := harness.OpenInbox(t)
	r := harness.Start(t, nil, mailing)
	idle, buyer := r.NewBuyer(t), r.NewBuyer(t)
	buyer.Buy("pm_ok", buyer.Add("oddments")).Is(http.StatusCreated)
	erased := func() int { return harness.Count(t, r, "identity.accounts WHERE erased_at IS NOT NULL") }
	require.Zero(t, erased())
	r.AsOwner(t, `UPDATE identity.unverified_accounts SET expires_at = now() - interval '1 second'`)
	r.Stop()
	server, stop := r.Start(t, r.Config(t), false)
	defer stop()
	r.URL = "http://" + server.Address()
	harness.Eventually(t, "both accounts have been examined", func() bool {
		return harness.Count(t, r, "identity.unverified_accounts") == 0
	})
	require.Equal(t, 1, erased())
	idle.Base, buyer.Base = r.URL, r.URL
	harness.Eventually(t, "its session ends", func() bool { return idle.Get("/v1/me").Status == http.StatusUnauthorized })
	buyer.Get("/v1/me").Is(http.StatusOK)
}

func TestConfirmFirst_RegistrationIsAnsweredAlike_AndCompletedByLink(t *testing.T) {
	t.Parallel()
	box, mailing := harness.OpenInbox(t, func(cfg *store.Config) { cfg.Accounts.ConfirmFirst = true })
	r := harness.Start(t, nil, mailing)
	guest := r.Guest(t)
	register := func(address, handle string) harness.Reply {
		return guest.Post("/v1/accounts", harness.Object{
			"email": address, "handle": handle, "display_name": handle, "password": harness.TestPassword,
		})
	}
	const address = "zoe@example.com"
	free := register(address, "zoe").Is(http.StatusAccepted)
	require.Empty(t, free.Raw)
	require.Empty(t, free.Header.Get("ETag"))
	login := harness.Object{"login": "zoe", "password": harness.TestPassword}
	guest.Post("/v1/sessions", login).Problem(http.StatusForbidden, "registration-not-confirmed")
	confirm := harness.Object{"token": harness.TokenOf(t, box.Await(t, address, 1))}
	guest.Post("/v1/email-verifications/confirm", confirm).Is(http.StatusNoContent)
	taken := register(address, "yves").Is(http.StatusAccepted)
	require.Equal(t, free.Raw, taken.Raw)
	require.Equal(t, "You already have an account", box.Await(t, address, 2).Subject)
	register("other@example.com", "yves").Problem(http.StatusConflict, "handle-taken")
	zoe := r.Guest(t)
	zoe.SignIn("zoe", harness.TestPassword)
	require.Equal(t, true, zoe.Get("/v1/me").Body["email_verified"])
	zoe.Checkout("pm_ok", "oddments").Is(http.StatusCreated)

	visitor := newGuest(t, r)
	visitor.Add("oddments")
	visitor.Post("/v1/me/registration", harness.Object{
		"email": "xeno@example.com", "handle": "xeno", "display_name": "Xeno", "password": harness.TestPassword,
	}).Is(http.StatusAccepted)
	require.Equal(t, []any{"guest"}, visitor.Get("/v1/me").Body["roles"])
	confirm["token"] = harness.TokenOf(t, box.Await(t, "xeno@example.com", 1))
	guest.Post("/v1/email-verifications/confirm", confirm).Is(http.StatusNoContent)
	require.Equal(t, "xeno@example.com", visitor.Address())
	require.Len(t, visitor.Get("/v1/cart").Items("items"), 1)
}
