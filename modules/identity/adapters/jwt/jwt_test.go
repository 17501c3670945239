package jwt_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"coinslot/modules/identity"
	"coinslot/modules/identity/adapters/jwt"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/id"
)

const secret = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newTokens(t *testing.T) *jwt.Tokens {
	t.Helper()
	tokens, err := jwt.New(identity.TokenConfig{Key: secret})
	require.NoError(t, err)
	return tokens
}

func claims() ports.Claims {
	return ports.Claims{AccountID: id.V7{}.NewID(), SessionID: id.V7{}.NewID(), ExpiresAt: now.Add(10 * time.Minute)}
}

func TestVerify_ReturnsClaimsUntilExpiry(t *testing.T) {
	t.Parallel()
	tokens, want := newTokens(t), claims()
	token, err := tokens.Sign(want, now)
	require.NoError(t, err)
	got, err := newTokens(t).Verify(token, now.Add(10*time.Minute-time.Second))
	require.NoError(t, err)
	require.Equal(t, want.AccountID, got.AccountID)
	require.Equal(t, want.SessionID, got.SessionID)
	_, err = tokens.Verify(token, now.Add(10*time.Minute+time.Second))
	require.ErrorIs(t, err, domain.ErrToken)
}

func TestVerify_ForeignOrForgedToken_ReturnsErrToken(t *testing.T) {
	t.Parallel()
	tokens := newTokens(t)
	good, err := tokens.Sign(claims(), now)
	require.NoError(t, err)
	parsed, _, err := gojwt.NewParser().ParseUnverified(good, gojwt.MapClaims{})
	require.NoError(t, err)
	body := func() gojwt.MapClaims {
		copied := gojwt.MapClaims{}
		for key, value := range parsed.Claims.(gojwt.MapClaims) {
			copied[key] = value
		}
		return copied
	}
	_, foreign, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	sign := func(method gojwt.SigningMethod, key any, change func(gojwt.MapClaims)) string {
		b := body()
		change(b)
		token := gojwt.NewWithClaims(method, b)
		token.Header["kid"] = parsed.Header["kid"]
		signed, err := token.SignedString(key)
		require.NoError(t, err)
		return signed
	}
	keep := func(gojwt.MapClaims) {}
	for name, token := range map[string]string{
		"empty":               "",
		"not a JWT":           "a.b.c",
		"no algorithm":        sign(gojwt.SigningMethodNone, gojwt.UnsafeAllowNoneSignatureType, keep),
		"other algorithm":     sign(gojwt.SigningMethodHS256, []byte(secret), keep),
		"other key":           sign(gojwt.SigningMethodEdDSA, foreign, keep),
		"truncated signature": good[:len(good)-4],
	} {
		_, err := tokens.Verify(token, now)
		require.ErrorIs(t, err, domain.ErrToken, name)
	}
	other, err := jwt.New(identity.TokenConfig{Key: "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"})
	require.NoError(t, err)
	_, err = other.Verify(good, now)
	require.ErrorIs(t, err, domain.ErrToken)
}

func TestNew_InvalidKey_NamesConfigurationKey(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "short", "not base64 at all!"} {
		_, err := jwt.New(identity.TokenConfig{Key: bad})
		require.ErrorContains(t, err, "tokens.key")
	}
}

func TestNewRefreshToken_ReturnsRandomTokenAndHash(t *testing.T) {
	t.Parallel()
	tokens := newTokens(t)
	one, hash := tokens.NewRefreshToken()
	two, _ := tokens.NewRefreshToken()
	require.NotEqual(t, one, two)
	require.Equal(t, hash, tokens.HashRefreshToken(one))
	require.NotContains(t, string(hash), one)
}

func TestSuccessor_IsDeterministicByTokenAndKey(t *testing.T) {
	t.Parallel()
	tokens := newTokens(t)
	one, _ := tokens.NewRefreshToken()
	next, hash := tokens.Successor(one)
	again, _ := newTokens(t).Successor(one)
	require.Equal(t, next, again)
	require.Equal(t, hash, tokens.HashRefreshToken(next))
	require.Len(t, next, len(one))
	after, _ := tokens.Successor(next)
	require.NotEqual(t, next, after)
	other, err := jwt.New(identity.TokenConfig{Key: "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"})
	require.NoError(t, err)
	foreign, _ := other.Successor(one)
	require.NotEqual(t, next, foreign)
}

func BenchmarkVerify(b *testing.B) {
	tokens, err := jwt.New(identity.TokenConfig{Key: secret})
	require.NoError(b, err)
	token, err := tokens.Sign(claims(), now)
	require.NoError(b, err)
	for b.Loop() {
		if _, err := tokens.Verify(token, now); err != nil {
			b.Fatal(err)
		}
	}
}
