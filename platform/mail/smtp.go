package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"

	"coinslot/platform/config"

	smtp "github.com/wneessen/go-mail"
)

// SMTP sends messages through a mail server, each over a connection of its own. The connection must be encrypted by
// STARTTLS, unless the server has a loopback address.
type SMTP struct {
	from    *mail.Address
	host    string
	options []smtp.Option
}

// NewSMTP returns a sender for a configuration with a server. It does not connect.
func NewSMTP(cfg config.Mail) (*SMTP, error) {
	from, err := mail.ParseAddress(cfg.From)
	if err != nil {
		return nil, fmt.Errorf("mail.from: %w", err)
	}
	host, service, err := net.SplitHostPort(cfg.SMTP)
	if err != nil {
		return nil, fmt.Errorf("mail.smtp: %w", err)
	}
	port, err := strconv.Atoi(service)
	if err != nil {
		return nil, fmt.Errorf("mail.smtp: %w", err)
	}
	s := &SMTP{from: from, host: host, options: []smtp.Option{
		smtp.WithPort(port), smtp.WithTimeout(cfg.Timeout), smtp.WithTLSPolicy(smtp.TLSMandatory), smtp.WithoutNoop(),
	}}
	if config.Loopback(cfg.SMTP) {
		s.options = append(s.options, smtp.WithTLSPolicy(smtp.NoTLS))
	}
	if cfg.Username != "" {
		s.options = append(s.options, smtp.WithSMTPAuth(smtp.SMTPAuthAutoDiscover),
			smtp.WithUsername(cfg.Username), smtp.WithPassword(cfg.Password))
	}
	return s, nil
}

// Send sends a message. It returns when the server has accepted or rejected it, or ctx ends.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	message, err := s.compose(m)
	if err != nil {
		return err
	}
	client, err := smtp.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("open the mail client: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, message)
	var failed *smtp.SendError
	if errors.As(err, &failed) && failed.Reason == smtp.ErrSMTPRcptTo && !failed.IsTemp() {
		return fmt.Errorf("%w: code %d", ErrRejected, failed.ErrorCode())
	}
	if err != nil {
		return fmt.Errorf("send mail through %s: %w", s.host, err)
	}
	return nil
}

func (s *SMTP) compose(m Message) (*smtp.Msg, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	message := smtp.NewMsg(smtp.WithNoDefaultUserAgent())
	if err := errors.Join(message.FromFormat(s.from.Name, s.from.Address),
		message.AddToFormat(m.Name, m.Address)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	message.SetMessageIDWithValue(m.MessageID(s.from.Address))
	message.SetDate()
	message.Subject(m.Subject)
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.SetGenHeader("Content-Language", m.Language)
	message.SetBodyString(smtp.TypeTextPlain, m.Text)
	if m.HTML != "" {
		message.AddAlternativeString(smtp.TypeTextHTML, m.HTML)
	}
	for _, a := range m.Attachments {
		err := message.AttachReader(a.Name, bytes.NewReader(a.Data), smtp.WithFileContentType(smtp.ContentType(a.Type)))
		if err != nil {
			return nil, fmt.Errorf("attach %s: %w", a.Name, err)
		}
	}
	return message, nil
}
