package postgres

import (
	"cmp"
	"context"
	"iter"

	"coinslot/platform/mutant"
)

// Together calls functions so that what they send with Direct, DirectAll and DirectExec shares round trips, and returns
// the error of the first function, in their order, that failed. It is for statements of several modules that do not
// need each other's results: each module sends its own, and does not know of the others.
//
// Each function runs until its first statement, one after the other in their order. Then these statements are sent as
// one batch on one connection, and the functions continue, up to their next statements. So they never run at the same
// time, and may write to variables of their caller; but they must not start goroutines that use their context. Nested
// calls join the outer batch.
//
// The statements of a batch are executed in order, and each sees those before it. Their result is the same as when each
// is sent by itself: when one fails, the others are executed without it. When the connection is lost during the batch,
// each write of it has an error of which Uncertain says that it may have taken effect.
//
// Transactions and other statements inside a function are not collected. They run at once, by themselves.
func (db *DB) Together(ctx context.Context, fns ...func(ctx context.Context) error) error {
	errs := make([]error, len(fns))
	running := make([]func() ([]*statement, bool), len(fns))
	for i, fn := range fns {
		next, stop := iter.Pull(func(wait func([]*statement) bool) {
			errs[i] = fn(context.WithValue(ctx, collector{}, wait))
		})
		defer stop()
		running[i] = next
	}
	for {
		var batch []*statement
		for _, next := range running {
			statements, _ := next() // none of a function that has returned
			batch = append(batch, statements...)
		}
		if len(batch) == 0 {
			return cmp.Or(errs...)
		}
		db.exchange(ctx, batch)
	}
}

// collector is the key of the function that hands statements to Together, and returns when they have been executed.
type collector struct{}

// exchange hands statements to the call of Together that the context belongs to, or sends them.
func (db *DB) exchange(ctx context.Context, statements []*statement) {
	wait, found := ctx.Value(collector{}).(func([]*statement) bool)
	if !found {
		db.send(ctx, statements)
		return
	}
	if !wait(statements) { // another function has panicked
		for _, s := range statements {
			s.err = context.Canceled
		}
	}
}

// byItself returns a context whose statements are not collected: a transaction must not wait for a batch, which needs a
// second connection.
func byItself(ctx context.Context) context.Context {
	if ctx.Value(collector{}) == nil || mutant.On("collect-statements-of-a-transaction") {
		return ctx
	}
	return context.WithValue(ctx, collector{}, nil)
}
