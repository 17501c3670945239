// Package page carries keyset pagination: a position in a sorted list, and the opaque cursor that clients hold.
package page

import (
	"encoding/base64"
	"encoding/json"

	"coinslot/platform/fault"
	"coinslot/platform/id"
)

// The number of items on a page.
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

// ErrCursor is returned for a cursor that was not made for this list.
var ErrCursor = fault.New(fault.Malformed, "bad-cursor",
	"the cursor is not one that this list gave out; start again without it")

// maxCursor leaves room for a text of 200 characters, each of which JSON may escape.
const maxCursor = 2048

// Request asks for the items behind a position. The zero position is the beginning.
type Request struct {
	Limit  int
	Cursor string
}

// Size returns the limit, forced into its range.
func (r Request) Size() int {
	if r.Limit <= 0 {
		return DefaultLimit
	}
	return min(r.Limit, MaxLimit)
}

// Page is one page of a list. Next is empty on the last one.
type Page[T any] struct {
	Items []T
	Next  string
}

// Encode turns the sort key of a page's last item into a cursor.
func Encode[K any](key K) string {
	raw, err := json.Marshal(key)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Decode reads a cursor back; ok is false when there is none. It returns ErrCursor when it was tampered with.
func Decode[K any](cursor string) (key K, ok bool, err error) {
	if cursor == "" {
		return key, false, nil
	}
	if len(cursor) > maxCursor {
		return key, false, ErrCursor
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return key, false, ErrCursor
	}
	if err := json.Unmarshal(raw, &key); err != nil {
		return key, false, ErrCursor
	}
	return key, true, nil
}

// Before reads the cursor of a list that runs from the newest ID to the oldest; without one it is behind every ID.
func Before(cursor string) (id.ID, error) {
	after, ok, err := Decode[id.ID](cursor)
	if !ok {
		after = id.Max
	}
	return after, err
}

// Cut makes a page from up to limit+1 items: the one too many only tells that there is a next page.
func Cut[T any](items []T, limit int, cursorOf func(T) string) Page[T] {
	if len(items) <= limit {
		return Page[T]{Items: items}
	}
	items = items[:limit]
	return Page[T]{Items: items, Next: cursorOf(items[limit-1])}
}

// Map turns every item into another shape and keeps the cursor.
func Map[T, U any](p Page[T], f func(T) U) Page[U] {
	out := make([]U, len(p.Items))
	for i, item := range p.Items {
		out[i] = f(item)
	}
	return Page[U]{Items: out, Next: p.Next}
}
