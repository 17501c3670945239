// Package mail renders the mails about orders and sends them.
package mail

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"io/fs"

	"coinslot/modules/checkout/ports"
	"coinslot/platform/mail"
)

//go:embed texts/*.yaml
var texts embed.FS

// Mailer implements ports.Mailer.
type Mailer struct {
	sender  mail.Sender
	catalog *mail.Catalog
	store   string
}

// The mails.
const (
	receipt = "receipt"
	refund  = "refund"
)

// New returns a mailer. Store is the name of the store.
func New(sender mail.Sender, store string) (*Mailer, error) {
	files, err := fs.Sub(texts, "texts")
	if err != nil {
		return nil, fmt.Errorf("open the texts of mails: %w", err)
	}
	catalog, err := mail.NewCatalog(files, "en", "de", "fr", "es")
	if err != nil {
		return nil, err
	}
	return &Mailer{sender, catalog, store}, nil
}

// Send renders and sends a mail with the document as a PDF.
func (m *Mailer) Send(ctx context.Context, in ports.Receipt) error {
	name := receipt
	if in.Refund {
		name = refund
	}
	language := cmp.Or(in.Buyer.Language, "en")
	greeted := "" // a stranger may have chosen the name of an account whose address is not confirmed
	if in.Buyer.Verified {
		greeted = in.Buyer.Name
	}
	content, err := m.catalog.Render(mail.Rendering{Name: name, Language: language, Values: map[string]string{
		"Name": greeted, "Store": m.store, "Order": in.Document.OrderNumber, "Number": in.Document.Number,
		"Total": amount(in, language),
	}})
	if err != nil {
		return err
	}
	return m.sender.Send(ctx, mail.Message{
		Key: in.Key.String(), Address: in.Buyer.Email, Name: greeted, Language: language,
		Subject: content.Subject, Text: content.Text, HTML: content.HTML,
		Attachments: []mail.Attachment{{
			Name: in.Document.Number + ".pdf", Type: "application/pdf", Data: in.Document.PDF,
		}},
	})
}

// amount returns the total with its currency, as it is written in a language.
func amount(in ports.Receipt, language string) string {
	separators := map[string][2]string{"de": {".", ","}, "fr": {"\u202f", ","}, "es": {".", ","}}
	s, ok := separators[language]
	if !ok {
		s = [2]string{",", "."}
	}
	total := in.Document.Total
	return total.Format(s[0], s[1]) + "\u00a0" + string(total.Currency())
}
