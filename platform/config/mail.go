package config

import (
	"net"
	"net/mail"
	"time"

	"coinslot/platform/fault"
)

// Mail configures the mail server.
type Mail struct {
	SMTP     string        `koanf:"smtp"` // host:port; empty: no mail is sent
	Username string        `koanf:"username"`
	Password string        `koanf:"password"`
	From     string        `koanf:"from"`
	Links    string        `koanf:"links"` // base URL of links in mails
	Timeout  time.Duration `koanf:"timeout"`
}

// Enabled reports whether mail is sent.
func (c Mail) Enabled() bool { return c.SMTP != "" }

const (
	minMailTimeout = 100 * time.Millisecond
	maxMailTimeout = 12 * time.Second // a job has 15 seconds
)

// Validate returns the violations of the section. The server's name need not resolve.
func (c Mail) Validate() []fault.Field {
	var v Violations
	if _, port, err := net.SplitHostPort(c.SMTP); c.SMTP != "" && (err != nil || !isPort(port)) {
		v.Add("mail.smtp", c.SMTP, "write a host and a port such as smtp.example.com:587, or leave it empty")
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		v.Add("mail.from", c.From, "write an address such as Coinslot <no-reply@coinslot.example>")
	}
	if c.Timeout < minMailTimeout || c.Timeout > maxMailTimeout {
		v.Add("mail.timeout", c.Timeout, "write a duration from 100ms to 12s")
	}
	if (c.Username == "") != (c.Password == "") {
		v.Add("mail.password", nil, "set both mail.username and mail.password, or neither")
	}
	v.URL("mail.links", c.Links)
	return v
}

func isPort(port string) bool {
	n, err := net.LookupPort("tcp", port)
	return err == nil && n > 0
}
