// Package jwt signs access tokens as JWTs with Ed25519 and generates opaque refresh tokens.
package jwt

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/id"

	"github.com/golang-jwt/jwt/v5"
)

const (
	issuer   = "coinslot"
	audience = "coinslot-api"
	keySize  = 32
)

// Tokens implements ports.Tokens.
type Tokens struct {
	private    ed25519.PrivateKey
	keyID      string
	successors []byte // the HMAC key of successors
}

// New derives the keys from the configured one. It returns an error that names the configuration key when that is
// shorter than 32 bytes.
func New(cfg identity.TokenConfig) (*Tokens, error) {
	raw, err := cfg.Raw()
	if err != nil || len(raw) < keySize {
		return nil, errors.New("configuration key tokens.key: write 32 random bytes in base64, " +
			"such as the output of `openssl rand -base64 32`")
	}
	seed, err := hkdf.Key(sha256.New, raw, nil, "coinslot access tokens", ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("derive the signing key: %w", err)
	}
	successors, err := hkdf.Key(sha256.New, raw, nil, "coinslot refresh tokens", keySize)
	if err != nil {
		return nil, fmt.Errorf("derive the key of refresh tokens: %w", err)
	}
	private := ed25519.NewKeyFromSeed(seed)
	print := sha256.Sum256(private.Public().(ed25519.PublicKey))
	return &Tokens{private: private, keyID: hex.EncodeToString(print[:8]), successors: successors}, nil
}

type claims struct {
	jwt.RegisteredClaims
	SessionID string `json:"sid"`
}

// Sign returns a signed access token.
func (t *Tokens) Sign(c ports.Claims, now time.Time) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: c.AccountID.String(),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(c.ExpiresAt),
		},
		SessionID: c.SessionID.String(),
	})
	token.Header["kid"] = t.keyID
	return token.SignedString(t.private)
}

// Verify requires EdDSA, the key, the issuer and the audience of Sign, and a token that has not expired.
func (t *Tokens) Verify(token string, now time.Time) (ports.Claims, error) {
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, t.key,
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil {
		return ports.Claims{}, domain.ErrToken
	}
	accountID, err1 := id.Parse(c.Subject)
	sessionID, err2 := id.Parse(c.SessionID)
	if errors.Join(err1, err2) != nil {
		return ports.Claims{}, domain.ErrToken
	}
	return ports.Claims{AccountID: accountID, SessionID: sessionID, ExpiresAt: c.ExpiresAt.Time}, nil
}

func (t *Tokens) key(token *jwt.Token) (any, error) {
	if token.Header["kid"] != t.keyID {
		return nil, domain.ErrToken
	}
	return t.private.Public(), nil
}

// NewRefreshToken returns a token of 256 random bits and its hash.
func (t *Tokens) NewRefreshToken() (string, []byte) {
	raw := make([]byte, keySize)
	rand.Read(raw) // it never returns an error
	token := base64.RawURLEncoding.EncodeToString(raw)
	return token, t.HashRefreshToken(token)
}

// Successor returns the HMAC-SHA256 of the token. It is deterministic, so that a repeated refresh can return the same
// successor although only hashes are stored.
func (t *Tokens) Successor(token string) (string, []byte) {
	mac := hmac.New(sha256.New, t.successors)
	mac.Write([]byte(token))
	next := base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	return next, t.HashRefreshToken(next)
}

// LinkToken returns the HMAC-SHA256 of the link's ID. Jobs hold the ID, so they hold no secret.
func (t *Tokens) LinkToken(linkID id.ID) (string, []byte) {
	return t.Successor("link:" + linkID.String())
}

// HashRefreshToken returns the SHA-256 of the token. It needs no salt, because tokens are random.
func (t *Tokens) HashRefreshToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
