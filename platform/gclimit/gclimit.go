// Package gclimit adjusts the runtime's soft memory limit to the load. A fixed limit that keeps an idle process small
// makes the garbage collector run continuously when thousands of connections need more memory than that.
package gclimit

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The limit changes when the garbage collector's share of the CPU time of all processors is above or below these.
const (
	raiseAbove = 0.08
	lowerBelow = 0.02
	// sustained is the number of successive intervals with a share above raiseAbove after which the limit is raised.
	// A burst is over before.
	sustained = 3
)

// Range bounds the limit, in bytes. Interval is the time between two adjustments.
type Range struct {
	Min, Max int64
	Interval time.Duration
}

// Run sets the limit to Min. It raises the limit by half after three intervals in which garbage collection took more
// than 8 % of the CPU time that there was, and lowers it by an eighth after an interval with less than 2 %. So a
// process that is not busy stays small, even if it does little else than collect. Run returns when ctx ends.
func (r Range) Run(ctx context.Context) {
	limit := r.Min
	debug.SetMemoryLimit(limit)
	tick := time.NewTicker(r.Interval)
	defer tick.Stop()
	last, above := read(), 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := read()
		share := now.shareSince(last)
		last = now
		if share > raiseAbove {
			above++
		} else {
			above = 0
		}
		if next := r.next(limit, share, above); next != limit {
			limit = next
			debug.SetMemoryLimit(limit)
		}
	}
}

func (r Range) next(limit int64, share float64, above int) int64 {
	switch {
	case above >= sustained:
		return min(limit+limit/2, r.Max)
	case share < lowerBelow:
		return max(limit-limit/8, r.Min)
	}
	return limit
}

// usage is the CPU time since the process's start, in seconds, as of the last collection.
type usage struct {
	collecting float64
	total      float64 // of all processors that the process may use, also while they are idle
}

func read() usage {
	samples := []metrics.Sample{
		{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/total:cpu-seconds"},
	}
	metrics.Read(samples)
	return usage{samples[0].Value.Float64(), samples[1].Value.Float64()}
}

// shareSince returns the collector's share since last. It is 0 when no collection has finished in between.
func (u usage) shareSince(last usage) float64 {
	if u.total <= last.total {
		return 0
	}
	return (u.collecting - last.collecting) / (u.total - last.total)
}
