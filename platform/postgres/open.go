// Package postgres opens the database, runs statements and transactions with their timeouts, and maps the driver's
// errors to faults. Repositories use it for all SQL.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"coinslot/platform/config"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// DB is the store's connection pool. It is safe for concurrent use.
type DB struct {
	handle
	pool      *pgxpool.Pool
	limits    config.Database
	acquiring *acquiring
	replica   *replica // nil: none
}

// Open returns a pool for the store's role, and one for its replica if limits has one. It does not connect, so that a
// store may start before its database. The tracers get all statements; nil ones are ignored.
func Open(limits config.Database, tracers ...pgx.QueryTracer) (*DB, error) {
	cfg, err := poolConfig(limits)
	if err != nil {
		return nil, err
	}
	cfg.BeforeConnect = opening
	db, err := openPool(limits, cfg, tracers)
	if err != nil {
		return nil, err
	}
	if db.replica, err = openReplica(limits, db, tracers); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func openPool(limits config.Database, cfg *pgxpool.Config, tracers []pgx.QueryTracer) (*DB, error) {
	// A prepared statement is planned once for each connection, independently of its arguments. Reads whose conditions
	// vary use Select: they are not prepared (see withMode), and planned each time.
	cfg.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	waiting := &acquiring{}
	Settings(cfg.ConnConfig)
	cfg.ConnConfig.Tracer = waiting.with(tracers)
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	std := sql.OpenDB(acquirer{stdlib.GetPoolConnector(pool), limits.AcquireTimeout})
	std.SetMaxIdleConns(0) // the pgx pool has the idle connections
	db := bun.NewDB(std, pgdialect.New())
	return &DB{handle: handle{run: std, bun: db}, pool: pool, limits: limits, acquiring: waiting}, nil
}

// OpenPool returns a pgx pool of a size in pgx's default mode, which River requires. It does not connect.
func OpenPool(limits config.Database, size int) (*pgxpool.Pool, error) {
	limits.PoolSize = size
	cfg, err := poolConfig(limits)
	if err != nil {
		return nil, err
	}
	Settings(cfg.ConnConfig)
	return pgxpool.NewWithConfig(context.Background(), cfg)
}

func poolConfig(limits config.Database) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(limits.URL)
	if err != nil {
		return nil, errors.New("configuration key database.url: the URL cannot be read")
	}
	cfg.MaxConns = int32(limits.PoolSize)
	if limits.IdleTimeout > 0 {
		cfg.MaxConnIdleTime = limits.IdleTimeout
	}
	cfg.ConnConfig.ConnectTimeout = limits.ConnectTimeout
	cfg.ConnConfig.DialFunc = dialer(limits.ConnectTimeout).DialContext
	cfg.ConnConfig.OnNotice = dropUnreplicated
	ms := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	cfg.ConnConfig.RuntimeParams["application_name"] = "coinslot"
	cfg.ConnConfig.RuntimeParams["statement_timeout"] = ms(limits.StatementTimeout)
	cfg.ConnConfig.RuntimeParams["lock_timeout"] = ms(limits.LockTimeout)
	cfg.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = ms(
		limits.TransactionTimeout + limits.CommitTimeout)
	return cfg, nil
}

// Ping returns ErrUnavailable when the database cannot be reached or is a read-only standby.
func (db *DB) Ping(ctx context.Context) error {
	var writable bool
	err := db.run.QueryRowContext(ctx, `SELECT NOT pg_is_in_recovery()`).Scan(&writable)
	if err == nil && !writable {
		return ErrUnavailable
	}
	return Fault(err)
}

// Close closes every connection.
func (db *DB) Close() error {
	err := errors.Join(db.replica.close(), db.bun.Close())
	db.pool.Close()
	return err
}
