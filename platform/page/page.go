// Package page implements keyset pagination. A cursor is an opaque text with the sort key of the last item of a page.
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

// ErrCursor is returned for a cursor that cannot be decoded or belongs to another list.
var ErrCursor = fault.New(fault.Malformed, "bad-cursor",
	"the cursor is not one of this list; start again without a cursor")

// maxCursor leaves room for a text of 200 characters, each of which JSON may escape.
const maxCursor = 2048

// Request selects a page: the items after the cursor. An empty cursor selects the first page.
type Request struct {
	Limit  int
	Cursor string
}

// Size returns the limit: DefaultLimit when it is not positive, and at most MaxLimit.
func (r Request) Size() int {
	if r.Limit <= 0 {
		return DefaultLimit
	}
	return min(r.Limit, MaxLimit)
}

// Page is one page of a list. Next is the cursor of the following page, and empty on the last page.
type Page[T any] struct {
	Items []T
	Next  string
}

// Encode returns the cursor of a sort key, which must be marshalable as JSON.
func Encode[K any](key K) string {
	raw, err := json.Marshal(key)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Decode returns the sort key of a cursor; ok is false when the cursor is empty. It returns ErrCursor when the cursor
// is not one of Encode for a K.
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

// Before decodes the cursor of a list that is sorted by descending ID. It returns id.Max for an empty cursor, and
// ErrCursor.
func Before(cursor string) (id.ID, error) {
	after, ok, err := Decode[id.ID](cursor)
	if !ok {
		after = id.Max
	}
	return after, err
}

// Cut returns a page of at most limit items. Callers query limit+1 items; the additional one is dropped and shows that
// there is a next page. cursorOf returns the cursor of an item.
func Cut[T any](items []T, limit int, cursorOf func(T) string) Page[T] {
	if len(items) <= limit {
		return Page[T]{Items: items}
	}
	items = items[:limit]
	return Page[T]{Items: items, Next: cursorOf(items[limit-1])}
}

// Map returns the page with f applied to every item.
func Map[T, U any](p Page[T], f func(T) U) Page[U] {
	out := make([]U, len(p.Items))
	for i, item := range p.Items {
		out[i] = f(item)
	}
	return Page[U]{Items: out, Next: p.Next}
}
