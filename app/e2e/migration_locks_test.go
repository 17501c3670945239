package e2e_test

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"coinslot/migrations"
	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// released are the newest migrations of v0.1.0, the last release.
var released = map[string]string{
	"billing": "0005", "cart": "0001", "catalog": "0001", "checkout": "0003", "identity": "0002", "library": "0003",
}

// structure is what a migration can change at the cost of a long lock: a key for each part, and the state of the part.
// A changed or new state of a table that existed before means that PostgreSQL has read or rewritten the whole table.
const structure = `
SELECT 'table ' || c.oid::regclass AS part, c.relfilenode::text AS state, c.oid::regclass::text AS relation
FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text = ANY ($1)
UNION ALL
SELECT 'index ' || i.indexrelid::regclass, i.indexrelid::text, i.indrelid::regclass::text
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text = ANY ($1)
UNION ALL
SELECT 'constraint ' || k.conname || ' of ' || k.conrelid::regclass, k.convalidated::text, k.conrelid::regclass::text
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.contype IN ('c', 'f') AND k.convalidated AND c.relnamespace::regnamespace::text = ANY ($1)
UNION ALL
SELECT 'column ' || a.attrelid::regclass || '.' || a.attname, '', a.attrelid::regclass::text
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE NOT a.attisdropped AND a.attnum > 0 AND c.relkind = 'r' AND c.relnamespace::regnamespace::text = ANY ($1)
UNION ALL
SELECT 'NOT NULL of ' || a.attrelid::regclass || '.' || a.attname, 'true', a.attrelid::regclass::text
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE a.attnotnull AND NOT a.attisdropped AND a.attnum > 0 AND c.relkind = 'r'
  AND c.relnamespace::regnamespace::text = ANY ($1)`

type part struct{ Part, State, Relation string }

// migrated is a database that a test migrates step by step, beginning with the schema of the last release.
type migrated struct {
	conn    *pgx.Conn
	schemas []string
}

func (m migrated) structure(t *testing.T) map[string]part {
	t.Helper()
	rows, err := m.conn.Query(t.Context(), structure, m.schemas)
	require.NoError(t, err)
	parts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[part])
	require.NoError(t, err)
	out := map[string]part{}
	for _, p := range parts {
		out[p.Part] = p
	}
	return out
}

// Each migration after the last release is applied to a running store. It may neither rewrite a table that existed
// before, nor read all of it under a lock that makes purchases wait: an index is built CONCURRENTLY, a constraint is
// added NOT VALID. Only the staff write to the catalog, and can wait for an index.
func TestMigrations_TablesOfEarlierMigrations_AreNotLockedForLong(t *testing.T) {
	t.Parallel()
	all, err := migrations.All()
	require.NoError(t, err)
	shown, schemas := map[string]fstest.MapFS{}, []string{}
	var pending []string
	for _, module := range all {
		shown[module.Name] = fstest.MapFS{}
		schemas = append(schemas, module.Name)
		files, err := fs.Glob(module.Files, "*.sql")
		require.NoError(t, err)
		for _, file := range files {
			script, err := fs.ReadFile(module.Files, file)
			require.NoError(t, err)
			last, known := released[module.Name]
			if !known || file[:4] <= last { // a module that is new since the release has new tables only
				shown[module.Name][file] = &fstest.MapFile{Data: script}
			} else {
				pending = append(pending, module.Name+"/"+file)
			}
		}
	}
	slices.Sort(pending)
	modules := func() (out []postgres.Migrations) {
		for _, name := range slices.Sorted(maps.Keys(shown)) {
			if len(shown[name]) > 0 {
				out = append(out, postgres.Migrations{Module: name, Files: shown[name]})
			}
		}
		return out
	}
	database := pgtest.New(t, modules())
	conn, err := pgx.Connect(t.Context(), database.OwnerURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	m := migrated{conn, schemas}

	apply := func(name string, script []byte) []string {
		module, file, _ := strings.Cut(name, "/")
		before := m.structure(t)
		shown[module][file] = &fstest.MapFile{Data: script}
		migrator, err := postgres.NewMigrator(t.Context(), database.OwnerURL, modules())
		require.NoError(t, err)
		defer migrator.Close()
		require.NoError(t, migrator.Up(t.Context()), name)
		return lockedChanges(before, m.structure(t), string(script))
	}
	for _, name := range pending {
		script, err := migrations.Read(name)
		require.NoError(t, err)
		require.Empty(t, apply(name, script), name)
	}
	require.Equal(t, []string{
		"reads all of checkout.orders under a lock for the new NOT NULL of checkout.orders.paid_at",
		"reads all of checkout.orders under a lock for the new constraint orders_total_positive of checkout.orders",
		"reads all of checkout.orders under a lock for the new index checkout.orders_total_index",
		"rewrites checkout.order_lines",
	}, apply("checkout/9999_locks.sql", []byte(`-- +goose Up
		ALTER TABLE checkout.orders ALTER COLUMN paid_at SET NOT NULL;
		ALTER TABLE checkout.orders ADD CONSTRAINT orders_total_positive CHECK (total >= 0);
		CREATE INDEX orders_total_index ON checkout.orders (total);
		ALTER TABLE checkout.order_lines ALTER COLUMN quantity TYPE bigint;`)), "what the test looks for")
}

// lockedChanges returns the changes of a migration that read or rewrite a table under a lock.
func lockedChanges(before, after map[string]part, script string) (out []string) {
	concurrently := strings.Contains(script, "-- +goose NO TRANSACTION")
	for _, name := range slices.Sorted(maps.Keys(after)) {
		was, now := before[name], after[name]
		if _, existed := before["table "+now.Relation]; !existed || was.State == now.State {
			continue
		}
		kind, of, _ := strings.Cut(name, " ")
		_, hadColumn := before["column "+strings.TrimPrefix(of, "NULL of ")]
		switch {
		case kind == "column":
		case kind == "NOT" && !hadColumn: // a new column's constant default is stored once, for all rows
		case kind == "table":
			out = append(out, fmt.Sprintf("rewrites %s", now.Relation))
		case kind == "index" && (concurrently || strings.HasPrefix(now.Relation, "catalog.")):
		default:
			out = append(out, fmt.Sprintf("reads all of %s under a lock for the new %s", now.Relation, name))
		}
	}
	return out
}
