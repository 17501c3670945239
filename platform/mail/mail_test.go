package mail_test

import (
	"bytes"
	"io"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"coinslot/platform/config"
	ourmail "coinslot/platform/mail"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// server is a mail server that rejects some recipients.
type server struct {
	mu       sync.Mutex
	received []string
	reject   map[string]*smtp.SMTPError
}

// NewSession implements smtp.Backend.
func (s *server) NewSession(*smtp.Conn) (smtp.Session, error) { return session{s}, nil }

type session struct{ *server }

// Mail implements smtp.Session.
func (session) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt implements smtp.Session.
func (s session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := s.reject[to]; err != nil {
		return err
	}
	return nil
}

// Data implements smtp.Session.
func (s session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, string(raw))
	return err
}

// Reset implements smtp.Session.
func (session) Reset() {}

// Logout implements smtp.Session.
func (session) Logout() error { return nil }

// start starts a mail server on an address, and returns a configuration with it.
func (s *server) start(t *testing.T, address string) config.Mail {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	srv := smtp.NewServer(s)
	go srv.Serve(listener)
	t.Cleanup(func() { require.NoError(t, srv.Close()) })
	return config.Mail{SMTP: listener.Addr().String(), From: "Coinslot <no-reply@coinslot.example>", Timeout: time.Minute}
}

func message() ourmail.Message {
	return ourmail.Message{
		Key: "0190-key", Address: "ada@example.com", Name: "Ada <b>Ł</b>", Subject: "Grüße", Text: "Text\n",
		HTML: "<p>HTML</p>", Language: "de",
		Attachments: []ourmail.Attachment{{Name: "invoice.pdf", Type: "application/pdf", Data: []byte("%PDF-")}},
	}
}

func TestSMTP_SendsTextHTMLAndAttachment(t *testing.T) {
	t.Parallel()
	s := &server{}
	sender, err := ourmail.NewSMTP(s.start(t, "127.0.0.1:0"))
	require.NoError(t, err)
	require.NoError(t, sender.Send(t.Context(), message()))
	require.NoError(t, sender.Send(t.Context(), message()))
	require.Len(t, s.received, 2)
	for _, raw := range s.received {
		parsed, err := mail.ReadMessage(strings.NewReader(raw))
		require.NoError(t, err)
		require.Equal(t, "<0190-key@coinslot.example>", parsed.Header.Get("Message-ID"))
		require.Equal(t, "auto-generated", parsed.Header.Get("Auto-Submitted"))
		to, err := parsed.Header.AddressList("To")
		require.NoError(t, err)
		require.Equal(t, []*mail.Address{{Name: "Ada <b>Ł</b>", Address: "ada@example.com"}}, to)
		body, err := io.ReadAll(parsed.Body)
		require.NoError(t, err)
		for _, part := range []string{"text/plain", "text/html", "application/pdf", "invoice.pdf"} {
			require.Equal(t, 1, bytes.Count(body, []byte("Content-Type: "+part))+
				strings.Count(string(body), `filename="`+part+`"`), part)
		}
	}
}

func TestSMTP_WithoutSTARTTLS_OnlyOnLoopback(t *testing.T) {
	t.Parallel()
	s := &server{}
	cfg := s.start(t, "127.0.0.1:0")
	_, port, err := net.SplitHostPort(cfg.SMTP)
	require.NoError(t, err)
	cfg.SMTP = "0.0.0.0:" + port // it reaches the same server, and is not a loopback address
	sender, err := ourmail.NewSMTP(cfg)
	require.NoError(t, err)
	require.ErrorContains(t, sender.Send(t.Context(), message()), "STARTTLS")
	require.Empty(t, s.received)
}

func TestSMTP_RejectedRecipient_IsPermanent(t *testing.T) {
	t.Parallel()
	s := &server{reject: map[string]*smtp.SMTPError{
		"ada@example.com": {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"},
		"bob@example.com": {Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "try again later"},
	}}
	sender, err := ourmail.NewSMTP(s.start(t, "127.0.0.1:0"))
	require.NoError(t, err)
	require.ErrorIs(t, sender.Send(t.Context(), message()), ourmail.ErrRejected)
	passing := message()
	passing.Address = "bob@example.com"
	err = sender.Send(t.Context(), passing)
	require.Error(t, err)
	require.NotErrorIs(t, err, ourmail.ErrRejected)
}

func TestCheck_HeaderInjection_ReturnsErrInvalid(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(m *ourmail.Message){
		"line break in subject":    func(m *ourmail.Message) { m.Subject = "x\r\nBcc: eve@example.com" },
		"line break in name":       func(m *ourmail.Message) { m.Name = "x\nBcc: eve@example.com" },
		"line break in address":    func(m *ourmail.Message) { m.Address = "ada@example.com\r\nBcc: eve@example.com" },
		"two addresses":            func(m *ourmail.Message) { m.Address = "ada@example.com, eve@example.com" },
		"name in address":          func(m *ourmail.Message) { m.Address = "Eve <eve@example.com>" },
		"line break in key":        func(m *ourmail.Message) { m.Key = "x>\r\nBcc: eve@example.com" },
		"line break in language":   func(m *ourmail.Message) { m.Language = "en\nBcc: eve@example.com" },
		"line break in attachment": func(m *ourmail.Message) { m.Attachments[0].Name = "x\n" },
		"no key":                   func(m *ourmail.Message) { m.Key = "" },
		"no text":                  func(m *ourmail.Message) { m.Text = "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := message()
			change(&m)
			require.ErrorIs(t, m.Check(), ourmail.ErrInvalid)
			require.ErrorIs(t, (&ourmail.Memory{}).Send(t.Context(), m), ourmail.ErrInvalid)
		})
	}
	require.NoError(t, message().Check())
}

func TestCatalog_EscapesValues_AndNamesMissingOnes(t *testing.T) {
	t.Parallel()
	c, err := ourmail.NewCatalog(fstest.MapFS{"en.yaml": {Data: []byte(`
greeting: "Hello {{.Name}},"
signature: Us
fallback: "Or open:"
mails:
  welcome:
    subject: "Welcome {{.Name}}"
    paragraphs: ["{{if .Extra}}{{.Extra}}{{end}}", "First"]
    action: Go
`)}}, "en")
	require.NoError(t, err)
	r := ourmail.Rendering{
		Name: "welcome", Language: "en", Link: "https://shop.example/x#a&b",
		Values: map[string]string{"Name": "<script>\r\nBcc: x</script>{{.Extra}}", "Extra": ""},
	}
	got, err := c.Render(r)
	require.NoError(t, err)
	require.Equal(t, "Welcome <script> Bcc: x</script>{{.Extra}}", got.Subject)
	require.NotContains(t, got.HTML, "<script>")
	require.Contains(t, got.HTML, "&lt;script&gt;")
	require.Contains(t, got.HTML, `href="https://shop.example/x#a&amp;b"`)
	require.Contains(t, got.Text, "\n\nFirst\n\nGo:\nhttps://shop.example/x#a&b\n\nUs\n")
	r.Values = map[string]string{"Name": "Ada"}
	_, err = c.Render(r)
	require.ErrorContains(t, err, "Extra")
	_, err = c.Render(ourmail.Rendering{Name: "absent", Language: "en"})
	require.ErrorContains(t, err, `no mail "absent"`)
	_, err = ourmail.NewCatalog(fstest.MapFS{"en.yaml": {Data: []byte("mails: {x: {subject: x}}")}}, "en")
	require.ErrorContains(t, err, "needs a subject and paragraphs")
}
