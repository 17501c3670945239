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

// buffer collects lines and writes them together, at most 200 ms later: one system call for each line would cost
// about as much as a whole cached request.
type buffer struct {
	mu      sync.Mutex
	lines   *bufio.Writer
	pending bool
}

func newBuffer(w io.Writer) *buffer {
	return &buffer{lines: bufio.NewWriterSize(w, bufferSize)}
}

// Write adds a line.
func (b *buffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.pending {
		b.pending = true
		time.AfterFunc(flushEvery, func() { _ = b.Flush() }) // an error of the log cannot be logged
	}
	return b.lines.Write(line)
}

// Flush writes the buffered lines.
func (b *buffer) Flush() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pending = false
	return b.lines.Flush()
}
