package fanout

import "context"

// Together calls functions that do not need each other's results, and returns the error of the first one, in their
// order, that failed. Their statements may share round trips to the database: see postgres.DB.Together. InTurn is one.
type Together func(ctx context.Context, fns ...func(ctx context.Context) error) error

// InTurn calls all functions, one after the other.
func InTurn(ctx context.Context, fns ...func(ctx context.Context) error) (err error) {
	for _, fn := range fns {
		if failed := fn(ctx); err == nil {
			err = failed
		}
	}
	return err
}
