package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/fanout"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// parallel is the number of invariants that are checked at once, each on a connection of its own.
	parallel = 3
	// workMemory lets joins of large tables run without temporary files. Each check has a few joins at once.
	workMemory = "64MB"
)

// Progress is a check that has ended.
type Progress struct {
	Finding

	Took  time.Duration
	Ended int // how many checks have ended, of how many
	Of    int
}

// RunShowing is Run within a scope, which reports each invariant as soon as it has been checked. show is called by one
// goroutine at a time, in the order in which the checks end.
func RunShowing(ctx context.Context, ownerURL string, provider billing.PaymentConfig, scope Scope, show func(Progress),
) ([]Finding, error) {
	checker, err := Open(ctx, ownerURL)
	if err != nil {
		return nil, err
	}
	defer checker.Close()
	return checker.Run(ctx, provider, scope, show)
}

// Checker checks the invariants of one database, and keeps its connections between the checks.
type Checker struct{ pool *pgxpool.Pool }

// Open returns a checker that connects to a database as its owner when it first checks.
func Open(ctx context.Context, ownerURL string) (*Checker, error) {
	cfg, err := pgxpool.ParseConfig(ownerURL)
	if err != nil {
		return nil, fmt.Errorf("connect as the database's owner: %w", err)
	}
	cfg.MaxConns = parallel
	cfg.ConnConfig.RuntimeParams["work_mem"] = workMemory
	cfg.ConnConfig.RuntimeParams["jit"] = "off"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect as the database's owner: %w", err)
	}
	return &Checker{pool}, nil
}

// Close closes the connections.
func (c *Checker) Close() { c.pool.Close() }

// Run is RunShowing on the checker's database.
func (c *Checker) Run(ctx context.Context, provider billing.PaymentConfig, scope Scope, show func(Progress),
) ([]Finding, error) {
	all, err := Invariants()
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(inv Invariant) bool { return !scope.covers(inv) })
	out, indexes := make([]Finding, len(all)), make([]int, len(all))
	for i := range all {
		indexes[i] = i
	}
	read := once(provider, scope)
	var showing sync.Mutex
	ended := 0
	err = fanout.Each(ctx, parallel, indexes, func(ctx context.Context, i int) error {
		began := time.Now()
		violations, err := all[i].checked(ctx, c.pool, read)
		if err != nil {
			return fmt.Errorf("check %s: %w", all[i].Name, err)
		}
		out[i] = Finding{all[i], violations}
		showing.Lock()
		defer showing.Unlock()
		ended++
		show(Progress{out[i], time.Since(began), ended, len(all)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// checked checks an invariant, and checks it again when work in progress may have violated it.
func (inv Invariant) checked(ctx context.Context, pool *pgxpool.Pool, read source) ([]string, error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	found, err := inv.check(ctx, conn.Conn(), read)
	if err == nil && len(found) > 0 && (inv.Drained || inv.Provider) {
		return again(ctx, found, func() ([]string, error) {
			return inv.check(ctx, conn.Conn(), once(read.provider, read.scope))
		})
	}
	return found, err
}

// source reads the provider's records of a scope.
type source struct {
	provider billing.PaymentConfig
	scope    Scope
	known    *knownLists
}

type knownLists struct {
	mu     sync.Mutex
	byPath map[string]json.RawMessage
}

// once returns a source that reads each list once, although several invariants compare with it.
func once(provider billing.PaymentConfig, scope Scope) source {
	return source{provider, scope, &knownLists{byPath: map[string]json.RawMessage{}}}
}

// list returns the items of a list as a JSON array.
func (s source) list(ctx context.Context, path string) (json.RawMessage, error) {
	s.known.mu.Lock()
	defer s.known.mu.Unlock()
	if all, found := s.known.byPath[path]; found {
		return all, nil
	}
	all, err := records(ctx, s.provider, path, s.scope.query())
	if err == nil {
		s.known.byPath[path] = all
	}
	return all, err
}
