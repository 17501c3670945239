// Package cache keeps what was read from the shelf for a second. What an order costs is never taken from it: quotes
// are read anew.
package cache

import (
	"context"
	"fmt"
	"sync"
	"time"

	"coinslot/modules/catalog/ports"
	"coinslot/platform/config"
	"coinslot/platform/money"

	lru "github.com/hashicorp/golang-lru/v2"
)

// MaxAge is how old an item may be that is shown without another look, whatever became of the notices of writes.
const MaxAge = time.Second

type key struct {
	ref      string
	currency money.Currency
}

type entry struct {
	item ports.Item
	at   time.Time
}

// Shelf remembers single items; everything else it asks of the shelf behind it.
type Shelf struct {
	ports.Shelf
	items   *lru.Cache[key, entry] // nil: nothing is remembered
	mu      sync.Mutex             // holds writers of items apart
	forgets uint64
}

// NewShelf returns a cache of as many items as the configuration says.
func NewShelf(behind ports.Shelf, cfg config.Catalog) (*Shelf, error) {
	s := &Shelf{Shelf: behind}
	if cfg.Cache == 0 {
		return s, nil
	}
	var err error
	if s.items, err = lru.New[key, entry](cfg.Cache); err != nil {
		return nil, fmt.Errorf("make the catalog's cache: %w", err)
	}
	return s, nil
}

// Find returns one item by ID or slug. Callers share it and must not change it.
func (s *Shelf) Find(ctx context.Context, ref string, currency money.Currency, at time.Time) (ports.Item, error) {
	if s.items == nil {
		return s.Shelf.Find(ctx, ref, currency, at)
	}
	k := key{ref, currency}
	if e, ok := s.items.Get(k); ok && !at.Before(e.at) && at.Sub(e.at) < MaxAge {
		return e.item, nil
	}
	before := s.count()
	item, err := s.Shelf.Find(ctx, ref, currency, at)
	if err == nil {
		s.keep(k, entry{item, at}, before)
	}
	return item, err
}

func (s *Shelf) count() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.forgets
}

// keep keeps an item unless everything was forgotten since before it was read: it may be from before a write.
func (s *Shelf) keep(k key, e entry, before uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.forgets == before {
		s.items.Add(k, e)
	}
}

// Forget forgets everything, because something was written.
func (s *Shelf) Forget() {
	if s.items == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgets++
	s.items.Purge()
}

// UnitOfWork has the cache of its own process forget when something may have been written.
type UnitOfWork struct {
	behind ports.UnitOfWork
	shelf  *Shelf
}

// NewUnitOfWork returns the unit of work.
func NewUnitOfWork(behind ports.UnitOfWork, shelf *Shelf) *UnitOfWork {
	return &UnitOfWork{behind, shelf}
}

// Do runs fn in one transaction.
func (u *UnitOfWork) Do(ctx context.Context, fn func(ctx context.Context, s ports.Stores) error) error {
	defer u.shelf.Forget()
	return u.behind.Do(ctx, fn)
}
