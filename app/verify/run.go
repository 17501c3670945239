package verify

import (
	"context"
	"encoding/json"
	"fmt"
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

// RunShowing is Run that reports each invariant and the time it took as soon as it has been checked. show is called by
// one goroutine at a time, in the order in which the checks end.
func RunShowing(ctx context.Context, ownerURL string, provider billing.PaymentConfig,
	show func(Finding, time.Duration),
) ([]Finding, error) {
	all, err := Invariants()
	if err != nil {
		return nil, err
	}
	pool, err := openPool(ctx, ownerURL)
	if err != nil {
		return nil, fmt.Errorf("connect as the database's owner: %w", err)
	}
	defer pool.Close()
	out, indexes := make([]Finding, len(all)), make([]int, len(all))
	for i := range all {
		indexes[i] = i
	}
	read := once(provider)
	var showing sync.Mutex
	err = fanout.Each(ctx, parallel, indexes, func(ctx context.Context, i int) error {
		began := time.Now()
		violations, err := all[i].checked(ctx, pool, provider, read)
		if err != nil {
			return fmt.Errorf("check %s: %w", all[i].Name, err)
		}
		out[i] = Finding{all[i], violations}
		showing.Lock()
		defer showing.Unlock()
		show(out[i], time.Since(began))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func openPool(ctx context.Context, ownerURL string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(ownerURL)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = parallel
	cfg.ConnConfig.RuntimeParams["work_mem"] = workMemory
	cfg.ConnConfig.RuntimeParams["jit"] = "off"
	return pgxpool.NewWithConfig(ctx, cfg)
}

// checked checks an invariant, and checks it again when work in progress may have violated it.
func (inv Invariant) checked(ctx context.Context, pool *pgxpool.Pool, provider billing.PaymentConfig, read source,
) ([]string, error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	found, err := inv.check(ctx, conn.Conn(), read)
	if err == nil && len(found) > 0 && (inv.Drained || inv.Provider) {
		found, err = inv.recheck(ctx, conn.Conn(), provider, found)
	}
	return found, err
}

// source returns all items of a list of the provider as a JSON array.
type source func(ctx context.Context, list string) (json.RawMessage, error)

// once returns a source that reads each list once, although several invariants compare with it.
func once(provider billing.PaymentConfig) source {
	var mu sync.Mutex
	read := map[string]json.RawMessage{}
	return func(ctx context.Context, list string) (json.RawMessage, error) {
		mu.Lock()
		defer mu.Unlock()
		if known, found := read[list]; found {
			return known, nil
		}
		all, err := records(ctx, provider, list)
		if err == nil {
			read[list] = all
		}
		return all, err
	}
}
