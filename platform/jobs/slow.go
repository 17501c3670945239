package jobs

import (
	"reflect"

	"github.com/riverqueue/river"
)

// Options select the queue of a kind of job and what makes a job unique.
type Options = river.InsertOpts

// slowQueue has workers of its own, so that a service that does not respond holds up no other jobs.
const slowQueue = "slow"

// slowWorkers is the number of slow jobs that one runner runs at once, beside those of its configuration.
const slowWorkers = 2

// Slow returns the options of jobs that call a service which may respond slowly or not at all. A job whose arguments
// tagged `river:"unique"` equal those of another one is not inserted.
func Slow() Options {
	return Options{Queue: slowQueue, UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

// Ignore declares that an event has no consumer in this configuration: Publish does nothing.
func Ignore[E any](r *Routes) { r.ignored[reflect.TypeFor[E]()] = true }

// SubscribeEach adds a consumer of the event E with any number of jobs for each event, which are inserted together.
func SubscribeEach[E any](r *Routes, toJobs func(E) []Args) {
	t := reflect.TypeFor[E]()
	r.byEvent[t] = append(r.byEvent[t], func(event any) []Args { return toJobs(event.(E)) })
}
