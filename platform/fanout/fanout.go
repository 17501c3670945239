// Package fanout calls several functions, or a function for each item of a list, with limited concurrency.
package fanout

import (
	"context"
	"errors"
	"sync"
)

// Each calls fn for every item, at most parallel calls at once, and returns all errors joined. An error does not stop
// the other items. After ctx ends, no further item is started and ctx's error is among those returned. With parallel
// <= 1 the calls are made in order, in the caller's goroutine.
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
