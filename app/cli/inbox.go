package cli

import (
	"cmp"
	"fmt"

	"coinslot/app/inbox"
)

// startInbox starts the mail server for development if inbox.run is set. The store sends mail to it if mail.smtp is
// empty. It returns nil if inbox.run is not set.
func (e *environment) startInbox() (*inbox.Inbox, error) {
	if !e.cfg.Inbox.Run {
		return nil, nil
	}
	if err := e.fixPort(); err != nil {
		return nil, err
	}
	c := e.cfg.Inbox
	b, err := inbox.Start(inbox.Options{SMTP: c.SMTP, Page: c.Address, API: e.loopbackURL(), Keep: c.Keep})
	if err != nil {
		return nil, fmt.Errorf("start the inbox: %w", err)
	}
	e.inboxURL = b.URL()
	if e.cfg.Mail.SMTP == "" {
		e.cfg.Mail.SMTP = b.SMTP()
		e.cfg.Mail.Links = cmp.Or(e.cfg.Mail.Links, b.URL())
	}
	return b, nil
}
