package harness

import (
	"context"
	"sync"
	"testing"

	"coinslot/modules/identity"
	"coinslot/modules/identity/adapters/argon2"
	"coinslot/modules/identity/ports"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// memoized implements ports.Passwords with argon2id. It computes each hash and each comparison once for each process,
// because nearly all accounts of the tests have the same password. It has no limits.
type memoized struct {
	argon2  ports.Passwords
	hashes  sync.Map // password → func() (string, error)
	matches sync.Map // [2]string of a password and a hash → func() (bool, error)
}

// passwords are those of all stores of this process.
var passwords = sync.OnceValues(func() (*memoized, error) {
	hasher, err := argon2.New(identity.PasswordConfig{Share: 100, Queue: 1 << 16})
	if err != nil {
		return nil, err
	}
	return &memoized{argon2: hasher}, nil
})

// Hash returns the hash of a password, with the same salt at each call.
func (m *memoized) Hash(_ context.Context, lane ports.Lane, password string) (string, error) {
	once, _ := m.hashes.LoadOrStore(password, sync.OnceValues(func() (string, error) {
		return m.argon2.Hash(context.Background(), lane, password)
	}))
	return once.(func() (string, error))()
}

// Verify compares a password with a hash.
func (m *memoized) Verify(_ context.Context, lane ports.Lane, password, hash string) (bool, error) {
	once, _ := m.matches.LoadOrStore([2]string{password, hash}, sync.OnceValues(func() (bool, error) {
		return m.argon2.Verify(context.Background(), lane, password, hash)
	}))
	return once.(func() (bool, error))()
}

// withMemoized replaces a store's password hashing by memoized.
func withMemoized() (fx.Option, error) {
	m, err := passwords()
	return fx.Supply(fx.Annotate(m, fx.As(new(ports.Passwords)))), err
}

// MemoizedHashing gives a store hashes of passwords that are computed once for each process. Start does so by itself.
func MemoizedHashing(t *testing.T) fx.Option {
	t.Helper()
	option, err := withMemoized()
	require.NoError(t, err)
	return option
}

// WithPasswordHashing gives a store the password hashing of its configuration, with its cost and its limits.
func WithPasswordHashing() fx.Option {
	return fx.Decorate(fx.Annotate(func(ports.Passwords) ports.Passwords { return nil }, fx.ParamTags(`optional:"true"`)))
}
