package harness

import (
	"context"
	"sync"

	"coinslot/modules/identity"
	"coinslot/modules/identity/adapters/argon2"
	"coinslot/modules/identity/ports"

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
var passwords = &memoized{argon2: argon2.New(identity.PasswordConfig{Share: 100, Queue: 1 << 16})}

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

// MemoizedHashing gives a store hashes of passwords that are computed once for each process. Start does so by itself.
func MemoizedHashing() fx.Option {
	return fx.Supply(fx.Annotate(passwords, fx.As(new(ports.Passwords))))
}

// WithPasswordHashing gives a store the password hashing of its configuration, with its cost and its limits.
func WithPasswordHashing() fx.Option {
	return fx.Decorate(fx.Annotate(func(ports.Passwords) ports.Passwords { return nil }, fx.ParamTags(`optional:"true"`)))
}
