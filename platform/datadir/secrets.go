//go:build unix

package datadir

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"os"
)

// Secrets are made up once for a local store and kept in the data folder.
type Secrets struct {
	TokenKey      string `json:"token_key"`
	WebhookSecret string `json:"webhook_secret"`
	MockpayKey    string `json:"mockpay_key"`
	StorePassword string `json:"store_password"` // of the database's lesser role
}

// Secrets returns the folder's secrets and makes those that are missing. The folder must be locked.
func (d *Dir) Secrets() (Secrets, error) {
	var s Secrets
	if err := d.readJSON("secrets.json", &s); err != nil && !errors.Is(err, os.ErrNotExist) {
		return s, err
	}
	before := s
	for _, secret := range []*string{&s.TokenKey, &s.WebhookSecret, &s.MockpayKey, &s.StorePassword} {
		if *secret == "" { // a folder of an earlier version has fewer
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
	rand.Read(raw) // crypto/rand.Read never returns an error: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(raw)
}
