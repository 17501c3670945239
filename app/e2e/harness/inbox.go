package harness

import (
	"net/http"
	"strings"
	"testing"

	"coinslot/app/inbox"
	"coinslot/app/store"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// Inbox is the mail server of a store.
type Inbox struct{ *inbox.Inbox }

// OpenInbox starts a mail server and returns it, with an option for a store that sends its mail there and has further
// changes of its configuration.
func OpenInbox(t *testing.T, changes ...func(cfg *store.Config)) (Inbox, fx.Option) {
	t.Helper()
	b, err := inbox.Start(inbox.Options{
		SMTP: "127.0.0.1:0", Page: "127.0.0.1:0", API: "http://127.0.0.1:8080", Keep: 1000,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Stop()) })
	return Inbox{b}, With(func(cfg *store.Config) {
		cfg.Mail.SMTP, cfg.Mail.Links = b.SMTP(), "https://shop.example"
		for _, change := range changes {
			change(cfg)
		}
	})
}

// Await waits until n mails to an address have arrived, and returns the newest.
func (b Inbox) Await(t *testing.T, address string, n int) inbox.Message {
	t.Helper()
	Eventually(t, "mail arrives", func() bool { return len(b.Messages(address)) >= n })
	messages := b.Messages(address)
	require.Len(t, messages, n)
	return messages[0]
}

// TokenOf returns the token of the link in a mail.
func TokenOf(t *testing.T, m inbox.Message) string {
	t.Helper()
	require.Len(t, m.Links, 1, m.Text)
	page, token, found := strings.Cut(m.Links[0], "#")
	require.True(t, found)
	require.True(t, strings.HasPrefix(page, "https://shop.example/"), page)
	return token
}

// Address returns the e-mail address of the signed-in account.
func (c *Client) Address() string {
	c.T.Helper()
	return c.Get("/v1/me").Is(http.StatusOK).Text("email")
}
