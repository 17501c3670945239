package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Analyze collects statistics of the modules' tables that have rows and were never analyzed, such as those of a first
// import. Autovacuum does so about a minute later, and until then the store would use plans for other data. Plans that
// are prepared are replaced. Empty tables are left out: without statistics PostgreSQL plans as for ten pages and uses
// the indexes, and after ANALYZE it would plan to scan the table. Tables of other owners are left out, too.
func (m *Migrator) Analyze(ctx context.Context) error {
	schemas := make([]string, len(m.modules))
	for i, module := range m.modules {
		schemas[i] = module.Module
	}
	rows, err := m.pool.Query(ctx, `SELECT format('%I.%I', n.nspname, c.relname)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = ANY($1) AND c.relkind = 'r' AND c.reltuples < 0 AND pg_relation_size(c.oid) > 0
			AND pg_has_role(c.relowner, 'USAGE')`, schemas)
	if err != nil {
		return fmt.Errorf("select tables without statistics: %w", err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("select tables without statistics: %w", err)
	}
	if len(tables) == 0 {
		return nil
	}
	if _, err := m.pool.Exec(ctx, "ANALYZE (SKIP_LOCKED) "+strings.Join(tables, ", ")); err != nil {
		return fmt.Errorf("analyze tables: %w", err)
	}
	return nil
}
