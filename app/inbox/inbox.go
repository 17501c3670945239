// Package inbox is a mail server for development: it accepts every message over SMTP, keeps the newest ones in memory,
// and shows them on a page and as JSON. It delivers nothing.
package inbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Options configure an inbox.
type Options struct {
	SMTP string // address of the SMTP server
	Page string // address of the page and the JSON
	API  string // base URL of the store, for the pages to which the links in mails lead
	Keep int    // messages that are kept; the oldest are removed
}

// Inbox is a running mail server.
type Inbox struct {
	keep  int
	api   string
	smtp  *smtp.Server
	page  *http.Server
	mail  net.Listener
	http  net.Listener
	mu    sync.Mutex
	next  int
	down  bool
	kept  []Message // the oldest first
	ended sync.WaitGroup
}

const (
	maxMessage = 10 << 20
	ioTimeout  = 30 * time.Second
)

// Start starts an inbox on loopback addresses.
func Start(o Options) (*Inbox, error) {
	b := &Inbox{keep: o.Keep, api: o.API}
	var err error
	if b.mail, err = net.Listen("tcp", o.SMTP); err != nil {
		return nil, fmt.Errorf("inbox.smtp: %w", err)
	}
	if b.http, err = net.Listen("tcp", o.Page); err != nil {
		return nil, errors.Join(fmt.Errorf("inbox.address: %w", err), b.mail.Close())
	}
	b.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{inbox: b}, nil }))
	b.smtp.Domain, b.smtp.MaxMessageBytes, b.smtp.MaxRecipients = "localhost", maxMessage, 50
	b.smtp.ReadTimeout, b.smtp.WriteTimeout, b.smtp.EnableSMTPUTF8 = ioTimeout, ioTimeout, true
	b.page = &http.Server{Handler: b.handler(), ReadHeaderTimeout: ioTimeout}
	b.ended.Go(func() { _ = b.smtp.Serve(b.mail) }) // it returns an error when it is closed
	b.ended.Go(func() { _ = b.page.Serve(b.http) })
	return b, nil
}

// SMTP returns the address of the SMTP server.
func (b *Inbox) SMTP() string { return b.mail.Addr().String() }

// URL returns the URL of the page.
func (b *Inbox) URL() string { return "http://" + b.http.Addr().String() }

// Stop stops the inbox.
func (b *Inbox) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := errors.Join(b.smtp.Close(), b.page.Shutdown(ctx))
	b.ended.Wait()
	return err
}

// Interrupt makes the mail server refuse messages with a temporary error, until it is called with false.
func (b *Inbox) Interrupt(down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = down
}

// Messages returns the messages to an address, or all for an empty one, the newest first.
func (b *Inbox) Messages(to string) []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []Message{}
	for _, m := range slices.Backward(b.kept) {
		if to == "" || slices.Contains(m.To, to) {
			out = append(out, m)
		}
	}
	return out
}

func (b *Inbox) message(id string) (Message, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.kept, func(m Message) bool { return m.ID == id })
	if i < 0 {
		return Message{}, false
	}
	return b.kept[i], true
}

func (b *Inbox) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = nil
}

var errDown = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again later"}

func (b *Inbox) accept(from string, to []string, raw []byte) error {
	message := parse(raw)
	message.From, message.To, message.ReceivedAt = from, to, time.Now().UTC()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return errDown
	}
	b.next++
	message.ID = strconv.Itoa(b.next)
	b.kept = append(b.kept, message)
	if extra := len(b.kept) - b.keep; extra > 0 {
		b.kept = slices.Delete(b.kept, 0, extra)
	}
	return nil
}

// session is an SMTP connection.
type session struct {
	inbox *Inbox
	from  string
	to    []string
}

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error {
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(r); err != nil {
		return err
	}
	return s.inbox.accept(s.from, slices.Clone(s.to), raw.Bytes())
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }
