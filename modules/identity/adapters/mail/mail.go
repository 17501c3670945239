// Package mail renders the mails about accounts and sends them.
package mail

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/mail"
)

//go:embed texts/*.yaml
var texts embed.FS

// Mailer implements ports.Mailer.
type Mailer struct {
	sender  mail.Sender
	catalog *mail.Catalog
	store   string
	links   string
}

// New returns a mailer. Links in mails begin with the URL links. Store is the name of the store.
func New(sender mail.Sender, store, links string) (*Mailer, error) {
	files, err := fs.Sub(texts, "texts")
	if err != nil {
		return nil, fmt.Errorf("open the texts of mails: %w", err)
	}
	catalog, err := mail.NewCatalog(files, domain.Languages()...)
	if err != nil {
		return nil, err
	}
	return &Mailer{sender, catalog, store, strings.TrimRight(links, "/")}, nil
}

// pages are the paths of links. The token follows as a fragment, which browsers do not send to servers.
var pages = map[domain.MailKind]string{
	domain.MailVerify: "/confirm-email#", domain.MailChange: "/confirm-email#", domain.MailReset: "/reset-password#",
}

// Send renders and sends a mail.
func (m *Mailer) Send(ctx context.Context, in ports.Mail) error {
	kind := in.Kind
	if kind == domain.MailRegister {
		kind = domain.MailVerify
	}
	r := mail.Rendering{Name: string(kind), Language: in.Language, Values: map[string]string{
		"Name": in.Name, "Store": m.store, "Client": in.Client, "At": in.At.UTC().Format("2006-01-02 15:04 UTC"),
	}}
	if page, ok := pages[kind]; ok {
		r.Link = m.links + page + in.Token
	}
	content, err := m.catalog.Render(r)
	if err != nil {
		return err
	}
	return m.sender.Send(ctx, mail.Message{
		Key: in.Key.String(), Address: in.Address, Name: in.Name, Language: in.Language,
		Subject: content.Subject, Text: content.Text, HTML: content.HTML,
	})
}
