package mail_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"coinslot/modules/checkout/adapters/mail"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"

	platform "coinslot/platform/mail"
)

const address = "ada@example.com"

func send(t *testing.T, r ports.Receipt) platform.Message {
	t.Helper()
	var sender platform.Memory
	mailer, err := mail.New(&sender, "Coinslot Games")
	require.NoError(t, err)
	require.NoError(t, mailer.Send(t.Context(), r))
	return sender.Sent(address)[0]
}

func newReceipt(t *testing.T, language string) ports.Receipt {
	t.Helper()
	total, err := money.New(199900, "EUR")
	require.NoError(t, err)
	return ports.Receipt{
		Key:   id.V7{}.NewID(),
		Buyer: ports.Buyer{Name: "Ada", Email: address, Language: language, Verified: true},
		Document: ports.DocumentFile{
			Number: "INV-AT-2026-000042", OrderNumber: "CS-ABC", Total: total, PDF: []byte("%PDF-"),
		},
	}
}

// COINSLOT_TEST_UPDATE=1 rewrites the golden files.
func TestReceipts_TextOfEachLanguage_IsGolden(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "de", "fr", "es"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			var all strings.Builder
			for _, refund := range []bool{false, true} {
				r := newReceipt(t, language)
				r.Refund = refund
				m := send(t, r)
				fmt.Fprintf(&all, "Subject: %s\n\n%s\n", m.Subject, m.Text)
				require.Equal(t, r.Key.String(), m.Key)
				require.Equal(t, []platform.Attachment{
					{Name: "INV-AT-2026-000042.pdf", Type: "application/pdf", Data: []byte("%PDF-")},
				}, m.Attachments)
			}
			path := "testdata/" + language + ".txt"
			if os.Getenv("COINSLOT_TEST_UPDATE") != "" {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(path, []byte(all.String()), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), all.String())
		})
	}
}

func TestReceipts_UnverifiedBuyer_IsNotNamed(t *testing.T) {
	t.Parallel()
	r := newReceipt(t, "en")
	r.Buyer.Name, r.Buyer.Verified = "Visit evil.example", false
	m := send(t, r)
	require.NotContains(t, m.Text+m.HTML+m.Name, "evil")
	require.Contains(t, m.Text, "Hello,")
}
