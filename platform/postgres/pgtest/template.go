//go:build unix

package pgtest

import (
	"context"
	"strings"
	"sync"
	"testing"

	"coinslot/platform/id"
	"coinslot/platform/postgres"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Template is a migrated database that a package has filled, for tests that start with the same rows. Each process
// creates it once, when a test first needs it, and drops it at its end.
type Template struct {
	mu   sync.Mutex
	fill func(ctx context.Context, storeURL string) error
	name string // empty until it is filled
}

// NewTemplate returns a template that fill fills as the restricted role. fill must close its connections.
func NewTemplate(fill func(ctx context.Context, storeURL string) error) *Template {
	return &Template{fill: fill}
}

// New creates a copy of the template and drops it when the test ends.
func (f *Template) New(t testing.TB, modules []postgres.Migrations) *Database {
	t.Helper()
	require.True(t, ready.Load(), "the package needs: func TestMain(m *testing.M) { pgtest.Main(m) }")
	ctx, cancel := context.WithTimeout(t.Context(), setupTimeout)
	defer cancel()
	server, err := acquired()
	require.NoError(t, err)
	name, err := f.ensure(ctx, server, modules)
	require.NoError(t, err)
	return clone(ctx, t, server, name, nil)
}

func (f *Template) ensure(ctx context.Context, server acquiredServer, modules []postgres.Migrations) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.name != "" {
		return f.name, nil
	}
	migrated, err := ensureTemplate(ctx, server.uri, modules)
	if err != nil {
		return "", err
	}
	name := "filled_" + strings.ReplaceAll(id.V7{}.NewID().String(), "-", "")
	if err := server.create(ctx, name, migrated); err != nil {
		return "", err
	}
	atEnd(func() error { return server.drop(name) })
	if err := f.fill(ctx, withLogin(withDatabase(server.uri, name))); err != nil {
		return "", err
	}
	f.name = name
	return name, nil
}

func execute(ctx context.Context, server, statement string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// endings are the functions that run after the tests of this process.
var endings struct {
	mu  sync.Mutex
	fns []func() error
}

func atEnd(fn func() error) {
	endings.mu.Lock()
	defer endings.mu.Unlock()
	endings.fns = append(endings.fns, fn)
}

func end() error {
	endings.mu.Lock()
	defer endings.mu.Unlock()
	for _, fn := range endings.fns {
		if err := fn(); err != nil {
			return err
		}
	}
	return nil
}
