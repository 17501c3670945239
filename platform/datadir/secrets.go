//go:build unix

package datadir

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"os"
)

// Secrets are generated once for a local store and kept in its data folder.
type Secrets struct {
	TokenKey      string `json:"token_key"`
	WebhookSecret string `json:"webhook_secret"`
	MockpayKey    string `json:"mockpay_key"`
	StorePassword string `json:"store_password"` // of the restricted database role
}

// Secrets returns the folder's secrets, and generates and stores missing ones. The caller must hold the lock.
func (d *Dir) Secrets() (Secrets, error) {
	var s Secrets
	if err := d.readJSON("secrets.json", &s); err != nil && !errors.Is(err, os.ErrNotExist) {
		return s, err
	}
	before := s
	for _, secret := range []*string{&s.TokenKey, &s.WebhookSecret, &s.MockpayKey, &s.StorePassword} {
		if *secret == "" { // an earlier version did not have it
			*secret = random()
		}
	}
	if s == before {
		return s, nil
	}
	return s, d.writeJSON("secrets.json", s)
}

func random() string {
	raw := make([]byte, 32)
	rand.Read(raw) // it never returns an error
	return base64.RawURLEncoding.EncodeToString(raw)
}
