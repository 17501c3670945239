package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate is a number of attempts at once, and the time after which as many more are allowed: 10/10m.
type Rate struct {
	Burst int
	Per   time.Duration
}

// UnmarshalText reads a rate.
func (r *Rate) UnmarshalText(raw []byte) error {
	burst, per, found := strings.Cut(strings.ReplaceAll(string(raw), " ", ""), "/")
	n, err1 := strconv.Atoi(burst)
	d, err2 := time.ParseDuration(per)
	if !found || err1 != nil || err2 != nil || n < 1 || n > 1_000_000 || d < time.Second || d > 90*24*time.Hour {
		return fmt.Errorf("write a rate such as 10/10m: 1 to 1000000 attempts, and the time after which as many more are allowed, 1s to 2160h")
	}
	r.Burst, r.Per = n, d
	return nil
}

// String writes a rate as it is read.
func (r Rate) String() string { return fmt.Sprintf("%d/%s", r.Burst, r.Per) }

// Limits bound failed sign-ins, password confirmations and refreshes, and all registrations.
type Limits struct {
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
}
