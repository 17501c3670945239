// Package gclimit moves the runtime's soft memory limit with the load. A fixed limit that keeps an idle process small
// makes the collector run without end once thousands of connections live under it.
package gclimit

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// dear is the share of the process's CPU time from which collecting is worth more memory, cheap the share up to which
	// memory is given back.
	dear  = 0.25
	cheap = 0.05
)

// Range says how small and how large the limit may be, in bytes, and how often it is moved.
type Range struct {
	Least, Most int64
	Every       time.Duration
}

// Follow sets the limit to Least, raises it while collecting garbage takes more than a quarter of the CPU time that the process
// uses, and lowers it again when that is less than 5 %. It returns when ctx ends.
func (r Range) Follow(ctx context.Context) {
	limit := r.Least
	debug.SetMemoryLimit(limit)
	tick := time.NewTicker(r.Every)
	defer tick.Stop()
	last := read()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := read()
		if next := r.next(limit, now.shareSince(last)); next != limit {
			limit = next
			debug.SetMemoryLimit(limit)
		}
		last = now
	}
}

// next is the limit after a share of CPU time was spent on collecting.
func (r Range) next(limit int64, share float64) int64 {
	switch {
	case share > dear:
		return min(limit+limit/2, r.Most)
	case share < cheap:
		return max(limit-limit/8, r.Least)
	}
	return limit
}

// usage is the CPU time of the process so far, in seconds, as of the last collection.
type usage struct{ collecting, idle, total float64 }

func read() usage {
	samples := []metrics.Sample{
		{Name: "/cpu/classes/gc/total:cpu-seconds"},
		{Name: "/cpu/classes/idle:cpu-seconds"},
		{Name: "/cpu/classes/total:cpu-seconds"},
	}
	metrics.Read(samples)
	return usage{samples[0].Value.Float64(), samples[1].Value.Float64(), samples[2].Value.Float64()}
}

// shareSince is zero when nothing was collected in between.
func (u usage) shareSince(last usage) float64 {
	busy := (u.total - last.total) - (u.idle - last.idle)
	if busy <= 0 {
		return 0
	}
	return (u.collecting - last.collecting) / busy
}
