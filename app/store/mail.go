package store

import (
	"cmp"
	"context"
	"errors"
	"log/slog"

	"coinslot/modules/billing"
	"coinslot/platform/config"
	"coinslot/platform/fault"
	"coinslot/platform/jobs"
	"coinslot/platform/mail"

	"go.uber.org/fx"

	checkoutmail "coinslot/modules/checkout/adapters/mail"
	checkoutports "coinslot/modules/checkout/ports"
	identitymail "coinslot/modules/identity/adapters/mail"
	identitydomain "coinslot/modules/identity/domain"
	identityports "coinslot/modules/identity/ports"
)

// InboxConfig is the section inbox, a mail server for development that the store may run.
type InboxConfig struct {
	Run     bool   `koanf:"run"`
	SMTP    string `koanf:"smtp"`
	Address string `koanf:"address"`
	Keep    int    `koanf:"keep"`
}

// Validate returns the violations by key. The inbox has no authentication, so it listens on loopback addresses only.
func (c InboxConfig) Validate() []fault.Field {
	var v config.Violations
	for _, a := range []struct{ key, address string }{{"inbox.smtp", c.SMTP}, {"inbox.address", c.Address}} {
		if !config.Loopback(a.address) {
			v.Add(a.key, a.address, "write a loopback address such as 127.0.0.1:8083")
		}
	}
	v.Number("inbox.keep", c.Keep, 1, 10_000)
	return v
}

// delivery optionally replaces the sender that the configuration describes.
type delivery struct {
	fx.In

	Sender mail.Sender `optional:"true"`
}

// sender returns the sender of mail, or nil if the store sends none.
func (d delivery) sender(cfg config.Mail) (mail.Sender, error) {
	if d.Sender != nil || !cfg.Enabled() {
		return d.Sender, nil
	}
	return mail.NewSMTP(cfg)
}

// links returns the base URL of links in mails. It comes from the configuration and never from a request.
func links(cfg Config) string {
	return cmp.Or(cfg.Mail.Links, cfg.HTTP.PublicURL, "http://"+cfg.HTTP.Address)
}

func newIdentityMailer(cfg Config, d delivery) (identityports.Mailer, error) {
	sender, err := d.sender(cfg.Mail)
	if sender == nil || err != nil {
		return nil, err
	}
	return identitymail.New(sender, cfg.Store.Seller.Name, links(cfg))
}

func newCheckoutMailer(cfg Config, d delivery) (checkoutports.Mailer, error) {
	sender, err := d.sender(cfg.Mail)
	if sender == nil || err != nil {
		return nil, err
	}
	return checkoutmail.New(sender, cfg.Store.Seller.Name)
}

// mailAccount is the job that sends a mail about an account. Its key makes it unique.
type mailAccount struct {
	Key  string                       `json:"key" river:"unique"`
	Mail identitydomain.MailRequested `json:"mail"`
}

// Kind returns the kind of the job.
func (mailAccount) Kind() string { return "identity.mail_requested" }

// InsertOpts returns the options of the job.
func (mailAccount) InsertOpts() jobs.Options { return jobs.Slow() }

// mailReceipt is the job that sends an invoice or a credit note to its buyer. Its key makes it unique.
type mailReceipt struct {
	Key      string                 `json:"key" river:"unique"`
	Document billing.IssuedDocument `json:"document"`
}

// Kind returns the kind of the job.
func (mailReceipt) Kind() string { return "checkout.document_issued" }

// InsertOpts returns the options of the job.
func (mailReceipt) InsertOpts() jobs.Options { return jobs.Slow() }

// routeMail routes mails to their jobs, or ignores them if the store sends no mail.
func routeMail(r *jobs.Routes, cfg config.Mail) {
	if !cfg.Enabled() {
		jobs.Ignore[identitydomain.MailRequested](r)
		jobs.Ignore[billing.DocumentsIssued](r)
		return
	}
	jobs.SubscribeEach(r, func(e billing.DocumentsIssued) (out []jobs.Args) {
		for _, d := range e.Documents {
			out = append(out, mailReceipt{Key: d.ID.String(), Document: d})
		}
		return out
	})
	jobs.Subscribe(r, func(e identitydomain.MailRequested) jobs.Args {
		return mailAccount{Key: e.Key.String(), Mail: e}
	})
}

// delivered ends the job of a mail that can never be delivered, and logs why without the address. The job counts as
// completed, because River keeps failed ones, and with them the address, for months.
func delivered(ctx context.Context, log *slog.Logger, err error) error {
	if errors.Is(err, mail.ErrRejected) || errors.Is(err, mail.ErrInvalid) {
		log.WarnContext(ctx, "mail cannot be delivered", "cause", err)
		return nil
	}
	return err
}
