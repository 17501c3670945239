//go:build unix

package pgtest

import (
	"context"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Recorder is a tracer that records the distinct texts of statements with named parameters.
type Recorder struct {
	mu    sync.Mutex
	texts map[string]pgx.QueryRewriter
}

// TraceQueryStart implements pgx.QueryTracer.
func (r *Recorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, arg := range q.Args {
		if named, ok := arg.(pgx.QueryRewriter); ok {
			if r.texts == nil {
				r.texts = map[string]pgx.QueryRewriter{}
			}
			r.texts[q.SQL] = named
		}
	}
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (r *Recorder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// Plans returns the generic plan of each recorded text, as the store's connections plan it.
func (r *Recorder) Plans(t testing.TB, d *Database) map[string]string {
	t.Helper()
	r.mu.Lock()
	texts := maps.Clone(r.texts)
	r.mu.Unlock()
	conn, err := pgx.Connect(t.Context(), d.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), "SET plan_cache_mode = force_generic_plan")
	require.NoError(t, err)
	plans := map[string]string{}
	for text, values := range texts {
		plans[text] = plan(t, conn, text, values)
	}
	return plans
}

func plan(t testing.TB, conn *pgx.Conn, text string, values pgx.QueryRewriter) string {
	t.Helper()
	numbered, args, err := values.RewriteQuery(t.Context(), conn, text, nil)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "PREPARE planned AS "+numbered)
	require.NoError(t, err, numbered)
	execute := "EXPLAIN EXECUTE planned"
	if len(args) > 0 {
		execute += "(NULL" + strings.Repeat(", NULL", len(args)-1) + ")"
	}
	rows, err := conn.Query(t.Context(), execute, pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "DEALLOCATE planned")
	require.NoError(t, err)
	return strings.Join(lines, "\n")
}
