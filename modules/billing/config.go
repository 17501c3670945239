package billing

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"coinslot/platform/fault"
)

// PaymentConfig is the section payments: the payment provider, its circuit breaker, and the deadlines of payments.
// Timeout limits the calls of one charge, ActionWithin the time for the buyer's confirmation, and KeepWebhooks the
// retries of an event of an unknown payment. GiveUpAfter is when a payment with an unknown outcome goes to manual
// review, and PollAgainAfter when a declined or canceled payment is polled once more.
type PaymentConfig struct {
	URL            string        `koanf:"url"`
	APIKey         string        `koanf:"api_key"`
	ReturnOrigins  []string      `koanf:"return_origins"`
	WebhookSecrets []string      `koanf:"webhook_secrets"`
	Timeout        time.Duration `koanf:"timeout"`
	ConnectTimeout time.Duration `koanf:"connect_timeout"`
	Slots          int           `koanf:"slots"`
	OpenAfter      int           `koanf:"open_after"`
	OpenFor        time.Duration `koanf:"open_for"`
	ActionWithin   time.Duration `koanf:"action_within"`
	GiveUpAfter    time.Duration `koanf:"give_up_after"`
	PollAgainAfter time.Duration `koanf:"poll_again_after"`
	KeepWebhooks   time.Duration `koanf:"keep_webhooks"`

	WebhookRetention time.Duration `koanf:"webhook_retention"` // at least KeepWebhooks
}

// Validate returns the invalid settings by key. The store checks that Timeout and Slots fit the budgets of requests.
func (c PaymentConfig) Validate() (found []fault.Field) {
	for _, d := range []struct {
		key   string
		value time.Duration
	}{
		{"payments.connect_timeout", c.ConnectTimeout},
		{"payments.open_for", c.OpenFor},
		{"payments.action_within", c.ActionWithin},
		{"payments.give_up_after", c.GiveUpAfter},
		{"payments.poll_again_after", c.PollAgainAfter},
		{"payments.keep_webhooks", c.KeepWebhooks},
	} {
		found = append(found, atLeast(d.key, d.value)...)
	}
	if c.WebhookRetention < c.KeepWebhooks {
		found = append(found, fault.Field{
			Location: "payments.webhook_retention", Value: c.WebhookRetention,
			Message: fmt.Sprintf("it must be at least payments.keep_webhooks (%s)", c.KeepWebhooks),
		})
	}
	found = append(found, upTo10000("payments.open_after", c.OpenAfter)...)
	if u, err := url.Parse(c.URL); c.URL != "" && (err != nil || !isHTTP(u)) {
		found = append(found, fault.Field{
			Location: "payments.url", Message: "write a URL such as http://127.0.0.1:8082", Value: c.URL,
		})
	}
	for _, origin := range c.ReturnOrigins {
		bare := strings.TrimSuffix(origin, ":*")
		if u, err := url.Parse(bare); err != nil || !isHTTP(u) || u.Scheme+"://"+u.Host != bare {
			found = append(found, fault.Field{
				Location: "payments.return_origins", Value: origin,
				Message: "write origins such as https://shop.example, or http://localhost:* for any port",
			})
		}
	}
	return found
}

func isHTTP(u *url.URL) bool { return u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") }

// InvoiceConfig is the section invoices: the interval of numbering drafts, how many are numbered in a transaction, and
// the folder with fonts for PDFs.
type InvoiceConfig struct {
	PollInterval time.Duration `koanf:"poll_interval"`
	Batch        int           `koanf:"batch"`
	Fonts        string        `koanf:"fonts"`
}

// Validate returns the invalid settings by key.
func (c InvoiceConfig) Validate() []fault.Field {
	return append(atLeast("invoices.poll_interval", c.PollInterval), upTo10000("invoices.batch", c.Batch)...)
}

// LedgerConfig is the section ledger: the keys of the ledger's seals, the file to which the heads are appended, and how
// often. A key is written as ID:KEY, with 32 bytes or more in base64. The first key signs, all keys verify.
type LedgerConfig struct {
	SealKeys     []string      `koanf:"seal_keys"`
	HeadInterval time.Duration `koanf:"head_interval"`
	HeadFile     string        `koanf:"head_file"`
}

// SealKey is a key of the ledger's seals.
type SealKey struct {
	ID     string
	Secret []byte
}

const minSealKey = 32 // bytes

var sealKeyID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,40}$`)

// Validate returns the invalid settings by key, without the values of keys.
func (c LedgerConfig) Validate() []fault.Field {
	found := atLeast("ledger.head_interval", c.HeadInterval)
	if _, err := c.Keys(); err != nil {
		found = append(found, fault.Field{Location: "ledger.seal_keys", Message: err.Error()})
	}
	return found
}

// Keys returns the keys. The error does not repeat them.
func (c LedgerConfig) Keys() ([]SealKey, error) {
	var out []SealKey
	seen := map[string]bool{}
	for i, text := range c.SealKeys {
		keyID, key, _ := strings.Cut(text, ":")
		secret, err := base64.RawURLEncoding.DecodeString(key)
		if err != nil {
			secret, err = base64.StdEncoding.DecodeString(key)
		}
		switch {
		case !sealKeyID.MatchString(keyID) || err != nil:
			return nil, fmt.Errorf("member %d is not of the form ID:KEY, such as 2026:… with the key that "+
				"`openssl rand -base64 32` makes", i+1)
		case len(secret) < minSealKey:
			return nil, fmt.Errorf("the key %s has %d bytes, fewer than %d", keyID, len(secret), minSealKey)
		case seen[keyID]:
			return nil, fmt.Errorf("two keys have the ID %s", keyID)
		}
		seen[keyID] = true
		out = append(out, SealKey{keyID, secret})
	}
	return out, nil
}

// ExportConfig is the section exports: how long exports of documents are kept, how many documents one may have, how
// many may exist, and how many documents are rendered between two commits.
type ExportConfig struct {
	Keep      time.Duration `koanf:"keep"`
	Documents int           `koanf:"documents"`
	Open      int           `koanf:"open"`
	Batch     int           `koanf:"batch"`
}

// maxExported bounds the memory and the time that one export takes.
const maxExported = 100_000

// Validate returns the invalid settings by key.
func (c ExportConfig) Validate() []fault.Field {
	found := atLeast("exports.keep", c.Keep)
	for _, n := range []struct {
		key         string
		value, most int
	}{
		{"exports.documents", c.Documents, maxExported}, {"exports.open", c.Open, 1000}, {"exports.batch", c.Batch, 500},
	} {
		if n.value < 1 || n.value > n.most {
			found = append(found, fault.Field{
				Location: n.key, Message: fmt.Sprintf("write a number from 1 to %d", n.most), Value: n.value,
			})
		}
	}
	return found
}

func atLeast(key string, d time.Duration) []fault.Field {
	if d < time.Millisecond {
		return []fault.Field{{Location: key, Message: "it must be at least 1ms", Value: d}}
	}
	return nil
}

func upTo10000(key string, n int) []fault.Field {
	if n < 1 || n > 10_000 {
		return []fault.Field{{Location: key, Message: "write a number from 1 to 10000", Value: n}}
	}
	return nil
}
