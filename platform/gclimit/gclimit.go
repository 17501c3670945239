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
	l := &limit{Range: r, bytes: r.Min}
	debug.SetMemoryLimit(l.bytes)
	tick := time.NewTicker(r.Interval)
	defer tick.Stop()
	last := read()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := read()
		before := l.bytes
		if l.adjust(now.shareSince(last)); l.bytes != before {
			debug.SetMemoryLimit(l.bytes)
		}
		last = now
	}
}

// limit is the soft memory limit.
type limit struct {
	Range

	bytes int64
	above int // successive intervals with a share above raiseAbove
}

// adjust raises or lowers the limit after an interval.
func (l *limit) adjust(share float64) {
	l.above++
	if share <= raiseAbove {
		l.above = 0
	}
	switch {
	case l.above >= sustained:
		l.bytes = min(l.bytes+l.bytes/2, l.Max)
	case share < lowerBelow:
		l.bytes = max(l.bytes-l.bytes/8, l.Min)
	}
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
