package mockpay

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	bolt "go.etcd.io/bbolt"
)

var (
	intents    = []byte("intents")
	keys       = []byte("plans") // of keyRecord
	references = []byte("references")
	refunds    = []byte("refunds")
	refundKeys = []byte("refund_keys")
	disputes   = []byte("disputes")
	timers     = []byte("timers")
	outbox     = []byte("outbox")
	scenarios  = []byte("scenarios")
	settings   = []byte("settings")

	transactions       = []byte("balance_transactions") // by time
	transactionSources = []byte("balance_transaction_sources")
	transactionPayouts = []byte("balance_transaction_payouts")
	unpaid             = []byte("balance_unpaid") // transactions of no payout
	payouts            = []byte("payouts")
)

var (
	errNotFound   = errors.New("there is no such object")
	errKeyReused  = errors.New("the idempotency key was used with another body")
	errFinal      = errors.New("the intent is final")
	errProcessing = errors.New("the intent is being processed")
	errState      = errors.New("the status of the intent does not allow this")
	errExceeds    = errors.New("the refunds would exceed the captured amount")
	errTooMany    = errors.New("too many")
)

const (
	openTimeout   = 5 * time.Second
	clockKey      = "clock_offset"
	nextPayoutKey = "next_payout"
)

// fees are what the provider charges. Amounts are in minor units of each currency.
type fees struct {
	rate    int64 // of a charge, in hundredths of a percent
	fixed   int64 // of a charge
	dispute int64 // of a dispute
}

// store is the provider's database, one file. Committed changes survive a crash.
type store struct {
	db     *bolt.DB
	offset atomic.Int64 // of the provider's clock, in nanoseconds
	public string       // the URL for buyers
	settle time.Duration
	fees   fees
	// nextPayout is when the balance is paid out the next time, in Unix nanoseconds of the provider's clock.
	nextPayout atomic.Int64
}

func openStore(path string, unsynced bool) (*store, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: openTimeout, NoSync: unsynced})
	if err != nil {
		return nil, fmt.Errorf("open mockpay's database %s: %w", path, err)
	}
	s := &store{db: db}
	return s, db.Update(func(tx *bolt.Tx) error {
		older := tx.Bucket(intents) != nil && tx.Bucket(transactions) == nil
		for _, name := range [][]byte{
			intents, keys, references, refunds, refundKeys, disputes, timers,
			outbox, scenarios, settings, transactions, transactionSources, transactionPayouts, unpaid, payouts,
		} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		var offset int64
		if _, err := get(tx, settings, clockKey, &offset); err != nil {
			return err
		}
		s.offset.Store(offset)
		if older {
			if err := s.backfill(tx); err != nil {
				return err
			}
		}
		return s.loadNextPayout(tx)
	})
}

func newID(prefix string) string { return prefix + "_" + uuid.Must(uuid.NewV7()).String() }

// now returns the time of the provider's clock.
func (s *store) now() time.Time { return time.Now().Add(time.Duration(s.offset.Load())).UTC() }

func (s *store) advance(by time.Duration) (time.Time, error) {
	err := s.update(func(tx *bolt.Tx) error {
		offset := s.offset.Load() + int64(by)
		if err := put(tx, settings, clockKey, offset); err != nil {
			return err
		}
		tx.OnCommit(func() { s.offset.Store(offset) })
		return nil
	})
	return s.now(), err
}

// update runs fn in a write transaction. Concurrent updates share a commit, and fn may be called more than once.
func (s *store) update(fn func(tx *bolt.Tx) error) error { return s.db.Batch(fn) }

// get reads a value; found is false when there is none.
func get[T any](tx *bolt.Tx, bucket []byte, key string, value *T) (found bool, err error) {
	raw := tx.Bucket(bucket).Get([]byte(key))
	if raw == nil {
		return false, nil
	}
	var fresh T // fn of update may run again with the same variable
	if err := json.Unmarshal(raw, &fresh); err != nil {
		return false, err
	}
	*value = fresh
	return true, nil
}

// mustGet is get that returns errNotFound when there is no value.
func mustGet[T any](tx *bolt.Tx, bucket []byte, key string, value *T) error {
	found, err := get(tx, bucket, key, value)
	if err == nil && !found {
		return errNotFound
	}
	return err
}

func put(tx *bolt.Tx, bucket []byte, key string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return tx.Bucket(bucket).Put([]byte(key), raw)
}
