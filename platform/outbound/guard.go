// Package outbound protects callers from a slow or unavailable service. It limits the calls in flight, and its circuit
// breaker rejects calls while the service fails.
package outbound

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/sync/semaphore"
)

// ErrNotSent is returned by Do for a rejected call. Nothing was sent, so the caller may retry.
var ErrNotSent = errors.New("the call was not sent")

var (
	errFull = fmt.Errorf("%w: all in-flight slots of the service are taken", ErrNotSent)
	errOpen = fmt.Errorf("%w: the circuit breaker is open, because the service does not answer", ErrNotSent)
)

// Limits configure a Guard.
type Limits struct {
	Name      string        // of the service, for the log
	Slots     int           // calls in flight
	OpenAfter int           // consecutive failures that open the circuit breaker
	OpenFor   time.Duration // time until the open breaker lets one trial call through, which closes it when it succeeds
}

// Guard limits the calls to one service. It is safe for concurrent use.
type Guard struct {
	slots   *semaphore.Weighted
	breaker *gobreaker.CircuitBreaker[struct{}]
}

// NewGuard returns a guard with a closed circuit breaker. It logs the breaker's changes of state.
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

// State returns the state of the circuit breaker: closed, half-open or open.
func (g *Guard) State() string { return g.breaker.State().String() }

// Do runs call and returns its error, which counts as a failure of the service. It returns ErrNotSent at once, without
// running call, when no slot is free or the circuit breaker is open.
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
