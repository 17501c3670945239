// Package jwt signs access tokens as JWTs with Ed25519 and makes opaque refresh tokens.
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

// Tokens signs and checks tokens.
type Tokens struct {
	private    ed25519.PrivateKey
	keyID      string
	successors []byte // the key of the refresh tokens that replace others
}

// New derives the signing keys from the configured one.
func New(cfg identity.TokenConfig) (*Tokens, error) {
	raw, err := cfg.Raw()
	if err != nil || len(raw) < keySize {
		return nil, errors.New("configuration key tokens.key: write 32 random bytes in base64, as `openssl rand -base64 32` makes them")
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

// Verify accepts only our algorithm, key, issuer and audience.
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

// NewRefreshToken returns 256 random bits, and their hash to keep.
func (t *Tokens) NewRefreshToken() (string, []byte) {
	raw := make([]byte, keySize)
	rand.Read(raw) // crypto/rand.Read never returns an error: it ends the program instead
	token := base64.RawURLEncoding.EncodeToString(raw)
	return token, t.HashRefreshToken(token)
}

// Successor derives the next refresh token as the HMAC-SHA256 of the presented one. It is deterministic, so a retried
// refresh returns the same token, and only the hash of a token is stored.
func (t *Tokens) Successor(token string) (string, []byte) {
	mac := hmac.New(sha256.New, t.successors)
	mac.Write([]byte(token))
	next := base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	return next, t.HashRefreshToken(next)
}

// HashRefreshToken needs no salt: the token is random already.
func (t *Tokens) HashRefreshToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
