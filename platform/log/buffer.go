package log

import (
	"bufio"
	"io"
	"sync"
	"time"
)

const (
	bufferSize = 64 << 10
	flushEvery = 200 * time.Millisecond
)

// buffer gathers lines and writes many of them at once: a system call for each costs as much as many a request. It
// holds them back for 200 ms at most.
type buffer struct {
	mu      sync.Mutex
	lines   *bufio.Writer
	pending bool
}

func newBuffer(w io.Writer) *buffer {
	return &buffer{lines: bufio.NewWriterSize(w, bufferSize)}
}

// Write takes a line.
func (b *buffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.pending {
		b.pending = true
		time.AfterFunc(flushEvery, func() { _ = b.Flush() }) // a log that cannot be written has nowhere to say so
	}
	return b.lines.Write(line)
}

// Flush writes what is held back.
func (b *buffer) Flush() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pending = false
	return b.lines.Flush()
}
