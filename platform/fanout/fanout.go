// Package fanout does one thing for many items, some of them at once.
package fanout

import (
	"context"
	"errors"
	"sync"
)

// Each runs fn for every item, at most parallel at once, and returns all that went wrong. One item's failure does not
// stop the others; the end of ctx does. With parallel 1 it runs in the caller's goroutine, in order.
func Each[T any](ctx context.Context, parallel int, items []T, fn func(ctx context.Context, item T) error) error {
	if parallel <= 1 {
		return inOrder(ctx, items, fn)
	}
	var mu sync.Mutex
	var all []error
	var group sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for _, item := range items {
		if ctx.Err() != nil {
			break
		}
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if err := fn(ctx, item); err != nil {
				mu.Lock()
				defer mu.Unlock()
				all = append(all, err)
			}
		})
	}
	group.Wait()
	return errors.Join(append(all, ctx.Err())...)
}

func inOrder[T any](ctx context.Context, items []T, fn func(ctx context.Context, item T) error) error {
	var all []error
	for _, item := range items {
		if ctx.Err() != nil {
			break
		}
		all = append(all, fn(ctx, item))
	}
	return errors.Join(append(all, ctx.Err())...)
}
