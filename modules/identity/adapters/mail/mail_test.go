package mail_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"coinslot/modules/identity/adapters/mail"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"

	platform "coinslot/platform/mail"
)

const address = "ada@example.com"

func send(t *testing.T, m ports.Mail) platform.Message {
	t.Helper()
	var sender platform.Memory
	mailer, err := mail.New(&sender, "Coinslot Games", "https://shop.example/")
	require.NoError(t, err)
	require.NoError(t, mailer.Send(t.Context(), m))
	require.Len(t, sender.Sent(address), 1)
	return sender.Sent(address)[0]
}

func newMail(kind domain.MailKind, language string) ports.Mail {
	return ports.Mail{
		Key: id.V7{}.NewID(), Kind: kind, Address: address, Name: "Ada", Language: language, Token: "the-token",
		Client: "Mozilla/5.0 (X11; Linux x86_64)", At: time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC),
	}
}

// COINSLOT_TEST_UPDATE=1 rewrites the golden files.
func TestMails_TextOfEachLanguage_IsGolden(t *testing.T) {
	t.Parallel()
	for _, language := range domain.Languages() {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			var all strings.Builder
			for _, kind := range domain.MailKinds() {
				m := send(t, newMail(kind, language))
				fmt.Fprintf(&all, "== %s\nSubject: %s\n\n%s\n", kind, m.Subject, m.Text)
				require.Contains(t, m.HTML, `<html lang="`+language+`">`)
			}
			golden(t, language+".txt", all.String())
		})
	}
	golden(t, "reset-password.html", send(t, newMail(domain.MailReset, "en")).HTML)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if os.Getenv("COINSLOT_TEST_UPDATE") != "" {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestMails_LinkIsOfTheConfiguredHost_WithTokenAsFragment(t *testing.T) {
	t.Parallel()
	for kind, want := range map[domain.MailKind]string{
		domain.MailVerify: "https://shop.example/confirm-email#the-token",
		domain.MailChange: "https://shop.example/confirm-email#the-token",
		domain.MailReset:  "https://shop.example/reset-password#the-token",
	} {
		m := send(t, newMail(kind, "en"))
		require.Contains(t, m.Text, "\n"+want+"\n")
		require.Contains(t, m.HTML, `href="`+want+`"`)
	}
	require.NotContains(t, send(t, newMail(domain.MailNewDevice, "en")).Text, "https://")
}

func TestMails_NameAndClientOfAStranger_AreEscaped(t *testing.T) {
	t.Parallel()
	in := newMail(domain.MailNewDevice, "en")
	in.Name, in.Client = `<a href="https://evil.example">`, `<img src=x>{{.Store}}`
	m := send(t, in)
	require.NotContains(t, m.HTML, "<a ")
	require.NotContains(t, m.HTML, "<img")
	require.Contains(t, m.Text, `Client: <img src=x>{{.Store}}`)
}
