package mockpay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Intent is one attempt to take money. It is what the API shows and what the store keeps.
type Intent struct {
	ID            string            `json:"id"`
	Reference     string            `json:"reference"`
	Amount        int64             `json:"amount"`
	Currency      string            `json:"currency"`
	Status        string            `json:"status"` // succeeded, failed, canceled
	DeclineCode   string            `json:"decline_code,omitempty"`
	PaymentMethod Card              `json:"payment_method"`
	Metadata      map[string]string `json:"metadata,omitempty"`
	CreatedAt     time.Time         `json:"created_at"`
}

// Card is what a provider tells of a card.
type Card struct {
	Brand string `json:"brand"`
	Last4 string `json:"last4"`
}

// Event is the news of an intent, as a webhook carries it.
type Event struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"` // payment_intent.succeeded …
	CreatedAt time.Time `json:"created_at"`
	Data      Intent    `json:"data"`
}

// delivery is an event that has not been answered with 2xx yet.
type delivery struct {
	Event    Event     `json:"event"`
	Attempts int       `json:"attempts"`
	NextAt   time.Time `json:"next_at"`
}

type keyed struct {
	BodyHash []byte `json:"body_hash"`
	IntentID string `json:"intent_id"`
}

var (
	intents    = []byte("intents")
	keys       = []byte("idempotency_keys")
	references = []byte("references")
	outbox     = []byte("outbox")
)

var (
	errNotFound  = errors.New("not found")
	errKeyReused = errors.New("the idempotency key was used with another body")
	errFinal     = errors.New("the intent is final")
)

const openTimeout = 5 * time.Second

// store keeps the provider's books in one file, durable on its own.
type store struct{ db *bolt.DB }

func openStore(path string) (*store, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: openTimeout})
	if err != nil {
		return nil, fmt.Errorf("open the provider's books %s: %w", path, err)
	}
	return &store{db}, db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{intents, keys, references, outbox} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
}

// create stores an intent and its news under an idempotency key, or returns the one that the key made before.
func (s *store) create(key string, bodyHash []byte, fresh Intent, news Event) (intent Intent, err error) {
	err = s.db.Batch(func(tx *bolt.Tx) error {
		if raw := tx.Bucket(keys).Get([]byte(key)); raw != nil {
			var used keyed
			if err := json.Unmarshal(raw, &used); err != nil {
				return err
			}
			if !bytes.Equal(used.BodyHash, bodyHash) {
				return errKeyReused
			}
			return get(tx, used.IntentID, &intent)
		}
		intent = fresh
		return errors.Join(
			put(tx, keys, key, keyed{bodyHash, fresh.ID}),
			tx.Bucket(references).Put([]byte(fresh.Reference+"/"+fresh.ID), nil),
			put(tx, intents, fresh.ID, fresh),
			put(tx, outbox, news.ID, delivery{Event: news, NextAt: news.CreatedAt}))
	})
	return intent, err
}

func get(tx *bolt.Tx, intentID string, intent *Intent) error {
	raw := tx.Bucket(intents).Get([]byte(intentID))
	if raw == nil {
		return errNotFound
	}
	return json.Unmarshal(raw, intent)
}

func put(tx *bolt.Tx, bucket []byte, key string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return tx.Bucket(bucket).Put([]byte(key), raw)
}

func (s *store) find(intentID string) (intent Intent, err error) {
	err = s.db.View(func(tx *bolt.Tx) error { return get(tx, intentID, &intent) })
	return intent, err
}

// byReference returns a reference's intents in the order of their making.
func (s *store) byReference(reference string) (out []Intent, err error) {
	prefix := []byte(reference + "/")
	err = s.db.View(func(tx *bolt.Tx) error {
		cursor := tx.Bucket(references).Cursor()
		for key, _ := cursor.Seek(prefix); bytes.HasPrefix(key, prefix); key, _ = cursor.Next() {
			var intent Intent
			if err := get(tx, string(key[len(prefix):]), &intent); err != nil {
				return err
			}
			out = append(out, intent)
		}
		return nil
	})
	return out, err
}

// cancel ends an intent that has taken no money.
func (s *store) cancel(intentID string, news Event) (intent Intent, err error) {
	err = s.db.Batch(func(tx *bolt.Tx) error {
		if err := get(tx, intentID, &intent); err != nil {
			return err
		}
		switch intent.Status {
		case statusCanceled:
			return nil
		case statusSucceeded, statusFailed:
			return errFinal
		}
		intent.Status = statusCanceled
		news.Data = intent
		return errors.Join(put(tx, intents, intent.ID, intent), put(tx, outbox, news.ID, delivery{Event: news, NextAt: news.CreatedAt}))
	})
	return intent, err
}

// due returns up to limit deliveries whose time has come.
func (s *store) due(now time.Time, limit int) (out []delivery, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		cursor := tx.Bucket(outbox).Cursor()
		for key, raw := cursor.First(); key != nil && len(out) < limit; key, raw = cursor.Next() {
			var d delivery
			if err := json.Unmarshal(raw, &d); err != nil {
				return err
			}
			if !d.NextAt.After(now) {
				out = append(out, d)
			}
		}
		return nil
	})
	return out, err
}

func (s *store) delivered(eventID string) error {
	return s.db.Batch(func(tx *bolt.Tx) error { return tx.Bucket(outbox).Delete([]byte(eventID)) })
}

func (s *store) postpone(d delivery) error {
	return s.db.Batch(func(tx *bolt.Tx) error { return put(tx, outbox, d.Event.ID, d) })
}
