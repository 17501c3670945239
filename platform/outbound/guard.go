// Package outbound keeps a slow or dead service from slowing down everything that calls it: calls have slots of their own,
// and a circuit breaker refuses them while the service does not answer.
package outbound

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/sync/semaphore"
)

// ErrNotSent is returned by Do for a call that was refused: nothing was sent.
var ErrNotSent = errors.New("the call was not sent")

var (
	errFull = fmt.Errorf("%w: every slot for calls of the service is taken", ErrNotSent)
	errOpen = fmt.Errorf("%w: the circuit breaker is open, because the service does not answer", ErrNotSent)
)

// Limits bound the calls of a service.
type Limits struct {
	Name      string        // of the service, for the log
	Slots     int           // calls at once
	OpenAfter int           // failures in a row that open the circuit breaker
	OpenFor   time.Duration // how long it refuses calls; then one call decides whether it closes
}

// Guard limits the calls of one service. It is safe for concurrent use.
type Guard struct {
	slots   *semaphore.Weighted
	breaker *gobreaker.CircuitBreaker[struct{}]
}

// NewGuard returns a guard whose circuit breaker is closed.
func NewGuard(l Limits, log *slog.Logger) *Guard {
	return &Guard{
		slots: semaphore.NewWeighted(int64(l.Slots)),
		breaker: gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
			Name: l.Name, MaxRequests: 1, Timeout: l.OpenFor,
			ReadyToTrip: func(c gobreaker.Counts) bool { return int(c.ConsecutiveFailures) >= l.OpenAfter },
			OnStateChange: func(name string, from, to gobreaker.State) {
				log.Warn("circuit breaker changed state", "service", name, "from", from.String(), "to", to.String())
			},
		}),
	}
}

// Do calls the service unless it is refused at once, and returns what call returned, or ErrNotSent. An error of call counts
// as the service's failure.
func (g *Guard) Do(call func() error) error {
	if !g.slots.TryAcquire(1) {
		return errFull
	}
	defer g.slots.Release(1)
	_, err := g.breaker.Execute(func() (struct{}, error) { return struct{}{}, call() })
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return errOpen
	}
	return err
}
