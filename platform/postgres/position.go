package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"coinslot/platform/mutant"

	"github.com/jackc/pgx/v5"
)

// position is a place in the WAL of a cluster. After a failover the same place of another timeline has other records.
type position struct {
	system, timeline, wal int64
}

// includes reports whether a standby that has replayed p has replayed the other position.
func (p position) includes(other position) bool {
	same := p.timeline == other.timeline || mutant.On("read-a-replica-of-another-timeline")
	return p.system == other.system && same && p.wal >= other.wal
}

// positionKey is the key of the position that a statement must see.
type positionKey struct{}

// primaryPosition is behind all records that were written before it, also those of commits that are not yet flushed.
// The timeline is the one that is written; in the control file it is that of the last checkpoint.
//
// Where the next record begins a page, the insert position is behind the page's header, and the replay position stays
// before it until that record comes, on an idle primary for 15 s. The header has 40 bytes at the start of a segment and
// 24 elsewhere (access/xlog_internal.h), and no record ends in it.
const primaryPosition = `SELECT system_identifier, timeline,
		wal - CASE WHEN wal % segment = 40 THEN 40 WHEN wal % page = 24 THEN 24 ELSE 0 END
	FROM pg_control_system(), (
		SELECT ('x' || left(pg_walfile_name(lsn), 8))::bit(32)::int::bigint AS timeline,
			pg_wal_lsn_diff(lsn, '0/0')::bigint AS wal,
			pg_size_bytes(current_setting('wal_segment_size')) AS segment,
			current_setting('wal_block_size')::bigint AS page
		FROM pg_current_wal_insert_lsn() AS lsn
	) AS now`

// replayedPosition is NULL on a server that is not a standby. The timeline is that of the last restartpoint: after a
// failover it stays that of the old primary for up to checkpoint_timeout, in which the primary is read.
const replayedPosition = `SELECT system_identifier, timeline_id::bigint,
		CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint END
	FROM pg_control_system(), pg_control_checkpoint()`

// positions asks the primary for its position. Calls that arrive while a statement runs share the next one, so that
// there is one statement at a time, however many reads there are.
type positions struct {
	db      *DB
	mu      sync.Mutex
	running *asked // the statement that runs; nil: none
	waiting *asked // the one after it
}

// asked is the result of one statement.
type asked struct {
	done chan struct{}
	at   position // valid when done is closed, like err
	err  error
}

// now returns the primary's position at a moment during the call.
func (p *positions) now(ctx context.Context) (position, error) {
	p.mu.Lock()
	if p.waiting == nil {
		p.waiting = &asked{done: make(chan struct{})}
	}
	a := p.waiting
	if p.running == nil {
		p.running, p.waiting = a, nil
		go p.run(a)
	} else if mutant.On("share-a-position-from-before-the-read") {
		a = p.running
	}
	p.mu.Unlock()
	select {
	case <-a.done:
		return a.at, a.err
	case <-ctx.Done():
		return position{}, ctx.Err()
	}
}

// run executes statements until nobody waits for one. A call that arrives during a statement must not get its result,
// because the caller may have written after the position was read.
func (p *positions) run(a *asked) {
	for a != nil {
		a.at, a.err = p.ask()
		close(a.done)
		p.mu.Lock()
		a = p.waiting
		p.running, p.waiting = a, nil
		p.mu.Unlock()
	}
}

func (p *positions) ask() (at position, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), p.db.limits.AcquireTimeout+p.db.limits.StatementTimeout)
	defer cancel()
	_, err = p.db.Direct(ctx, primaryPosition, nil, &at.system, &at.timeline, &at.wal)
	return at, err
}

var (
	errBehind     = errors.New("the standby has not replayed the position in time")
	errNoStandby  = errors.New("database.replica_url leads to a server that is not a standby of the primary")
	errNoPosition = errors.New("a statement for a standby has no position")
)

// ready implements pgxpool's PrepareConn: a connection to a standby is acquired when the standby has replayed the
// context's position. It waits for that for replayPatience at most. The position that the connection's server is known
// to have replayed is kept with the connection: a server never goes back without closing its connections.
func ready(ctx context.Context, conn *pgx.Conn) (valid bool, err error) {
	const known = "coinslot.replayed"
	wanted, ok := ctx.Value(positionKey{}).(position)
	if !ok {
		return true, errNoPosition
	}
	if mutant.On("read-a-replica-that-is-behind") {
		return true, nil
	}
	data := conn.PgConn().CustomData()
	if replayed, ok := data[known].(position); ok && replayed.includes(wanted) {
		return true, nil
	}
	for began, pause := time.Now(), firstReplayPause; ; pause *= 2 {
		replayed, err := replayedBy(ctx, conn)
		if err != nil {
			return false, err
		}
		if replayed.system != wanted.system {
			return false, errNoStandby
		}
		data[known] = replayed
		if replayed.includes(wanted) {
			return true, nil
		}
		if time.Since(began)+pause > replayPatience || replayed.timeline != wanted.timeline {
			return true, fmt.Errorf("%w (%d bytes of WAL)", errBehind, wanted.wal-replayed.wal)
		}
		if err := sleep(ctx, pause); err != nil {
			return true, err
		}
	}
}

const (
	// replayPatience is the time within which a standby usually has replayed what the primary has just written.
	replayPatience   = 10 * time.Millisecond
	firstReplayPause = 500 * time.Microsecond
)

func replayedBy(ctx context.Context, conn *pgx.Conn) (position, error) {
	var at position
	var replayed *int64
	if err := conn.QueryRow(ctx, replayedPosition).Scan(&at.system, &at.timeline, &replayed); err != nil {
		return position{}, err
	}
	if replayed == nil {
		return position{}, errNoStandby
	}
	at.wal = *replayed
	return at, nil
}
