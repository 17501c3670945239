package identity

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"coinslot/platform/fault"
)

// TokenConfig is the section tokens: the key and the lifetimes of access and refresh tokens.
type TokenConfig struct {
	Key        string        `koanf:"key"`
	AccessTTL  time.Duration `koanf:"access_ttl"`
	RefreshTTL time.Duration `koanf:"refresh_ttl"`
	SessionTTL time.Duration `koanf:"session_ttl"`
}

// Raw decodes the key, which is URL-safe base64 without padding or standard base64.
func (c TokenConfig) Raw() ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(c.Key)
	if err != nil {
		return base64.StdEncoding.DecodeString(c.Key)
	}
	return raw, nil
}

const maxAccessTTL = 10 * time.Minute

// Validate returns the violations of the section.
func (c TokenConfig) Validate() (found []fault.Field) {
	for _, d := range []struct {
		key   string
		value time.Duration
	}{
		{"tokens.access_ttl", c.AccessTTL}, {"tokens.refresh_ttl", c.RefreshTTL}, {"tokens.session_ttl", c.SessionTTL},
	} {
		if d.value < time.Millisecond {
			found = append(found, fault.Field{Location: d.key, Message: "it must be at least 1ms", Value: d.value})
		}
	}
	if c.AccessTTL > maxAccessTTL {
		found = append(found, fault.Field{
			Location: "tokens.access_ttl", Message: "it must be at most 10m", Value: c.AccessTTL,
		})
	}
	if c.SessionTTL < c.RefreshTTL {
		found = append(found, fault.Field{
			Location: "tokens.session_ttl", Value: c.SessionTTL,
			Message: fmt.Sprintf("it must be at least tokens.refresh_ttl (%s)", c.RefreshTTL),
		})
	}
	return found
}

// PasswordConfig is the section passwords: the limits of password hashing.
type PasswordConfig struct {
	Parallel int `koanf:"parallel"` // concurrent hashes; 0 is half the number of processors
	Queue    int `koanf:"queue"`    // waiting calls
	Share    int `koanf:"share"`    // of the CPU time of all processors, in percent
	Reserved int `koanf:"reserved"` // of the share for known networks, in percent
}

// Validate returns the violations of the section.
func (c PasswordConfig) Validate() (found []fault.Field) {
	for _, n := range []struct {
		key                string
		value, least, most int
		what               string
	}{
		{"passwords.queue", c.Queue, 1, 10_000, "number"},
		{"passwords.share", c.Share, 1, 100, "percentage"},
		{"passwords.reserved", c.Reserved, 1, 90, "percentage"},
		{"passwords.parallel", c.Parallel, 0, 1000, "number"},
	} {
		if n.value < n.least || n.value > n.most {
			found = append(found, fault.Field{
				Location: n.key, Value: n.value,
				Message: fmt.Sprintf("write a %s from %d to %d", n.what, n.least, n.most),
			})
		}
	}
	return found
}

// AccountConfig is the section accounts.
type AccountConfig struct {
	KeepUnverified time.Duration `koanf:"keep_unverified"`
	ConfirmFirst   bool          `koanf:"confirm_first"` // requires mail
}

// Validate returns the violations of the section.
func (c AccountConfig) Validate() (found []fault.Field) {
	if c.KeepUnverified < 24*time.Hour {
		found = append(found, fault.Field{
			Location: "accounts.keep_unverified", Value: c.KeepUnverified, Message: "it must be at least 24h",
		})
	}
	return found
}

// LimitConfig is the section limits: the rates of failed sign-ins, password confirmations and refreshes, and of
// registrations and requests for mails. UnmarshalText validates a Rate.
type LimitConfig struct {
	SignInAccount   Rate `koanf:"sign_in_account"`
	SignInNetwork   Rate `koanf:"sign_in_network"`
	SignInAll       Rate `koanf:"sign_in_all"`
	SignInKnown     Rate `koanf:"sign_in_known"`
	RegisterNetwork Rate `koanf:"register_network"`
	RegisterAll     Rate `koanf:"register_all"`
	PasswordAccount Rate `koanf:"password_account"`
	PasswordNetwork Rate `koanf:"password_network"`
	PasswordAll     Rate `koanf:"password_all"`
	RefreshAccount  Rate `koanf:"refresh_account"`
	RefreshNetwork  Rate `koanf:"refresh_network"`
	RefreshAll      Rate `koanf:"refresh_all"`
	MailAccount     Rate `koanf:"mail_account"`
	MailNetwork     Rate `koanf:"mail_network"`
	MailAll         Rate `koanf:"mail_all"`
}

// Rate is a burst of attempts and the time in which the same number is allowed again, such as 10/10m.
type Rate struct {
	Burst int
	Per   time.Duration
}

var errRate = errors.New("write a rate such as 10/10m: 1 to 1000000 attempts, " +
	"and the time after which as many more are allowed, 1s to 2160h")

// UnmarshalText parses a rate. It returns an error that describes the format.
func (r *Rate) UnmarshalText(raw []byte) error {
	burst, per, found := strings.Cut(strings.ReplaceAll(string(raw), " ", ""), "/")
	n, err1 := strconv.Atoi(burst)
	d, err2 := time.ParseDuration(per)
	if !found || err1 != nil || err2 != nil || n < 1 || n > 1_000_000 || d < time.Second || d > 90*24*time.Hour {
		return errRate
	}
	r.Burst, r.Per = n, d
	return nil
}

// String returns the text that UnmarshalText parses.
func (r Rate) String() string { return fmt.Sprintf("%d/%s", r.Burst, r.Per) }
