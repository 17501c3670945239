// Package mail renders and sends mail: messages with a text and an HTML part, over SMTP.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
)

// The errors of this package. A repeated attempt cannot succeed after either.
var (
	// ErrInvalid is returned for a message that cannot be sent, such as one with a line break in a header.
	ErrInvalid = errors.New("the message cannot be sent")
	// ErrRejected is returned when the mail server permanently rejects the recipient.
	ErrRejected = errors.New("the mail server rejects the recipient")
)

// Message is a mail to one recipient.
type Message struct {
	// Key identifies the message. The Message-ID is derived from it, so that all attempts to send one message have the
	// same Message-ID. It has letters, digits, - and dots.
	Key         string
	Address     string // of the recipient
	Name        string // of the recipient; empty: none
	Subject     string
	Text        string
	HTML        string
	Language    string // ISO 639-1
	Attachments []Attachment
}

// Attachment is a file of a message.
type Attachment struct {
	Name string
	Type string // MIME type
	Data []byte
}

// Sender sends messages.
type Sender interface {
	// Send sends a message at least once: it may have been sent although an error is returned. It returns ErrInvalid or
	// ErrRejected when a repeated attempt cannot succeed.
	Send(ctx context.Context, m Message) error
}

const maxKey = 128

// Check returns ErrInvalid when a message has no key, no valid recipient, or control characters in a header.
func (m Message) Check() error {
	if m.Key == "" || len(m.Key) > maxKey || strings.ContainsFunc(m.Key, notInKey) {
		return fmt.Errorf("%w: its key is %q", ErrInvalid, m.Key)
	}
	if a, err := mail.ParseAddress(m.Address); err != nil || a.Address != m.Address || a.Name != "" {
		return fmt.Errorf("%w: it has no valid recipient", ErrInvalid)
	}
	headers := []string{m.Address, m.Name, m.Subject, m.Language}
	for _, a := range m.Attachments {
		headers = append(headers, a.Name, a.Type)
	}
	for _, text := range headers {
		if strings.ContainsFunc(text, unicode.IsControl) {
			return fmt.Errorf("%w: a header has a control character", ErrInvalid)
		}
	}
	if m.Subject == "" || m.Text == "" {
		return fmt.Errorf("%w: it has no subject or no text", ErrInvalid)
	}
	return nil
}

func notInKey(r rune) bool {
	return r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

// MessageID returns the message's ID, without angle brackets, for a sender's address.
func (m Message) MessageID(sender string) string {
	return m.Key + "@" + sender[strings.LastIndexByte(sender, '@')+1:]
}
