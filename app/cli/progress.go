package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
)

// progress shows how far a command has come, on standard error if it is a terminal, or when it is asked for. On a
// terminal it overwrites one line.
type progress struct {
	out      io.Writer
	name     string
	terminal bool
	shown    bool
}

func newProgress(name string, wanted bool) *progress {
	p := &progress{out: io.Discard, name: name, terminal: isatty.IsTerminal(os.Stderr.Fd())}
	if p.terminal || wanted {
		p.out = os.Stderr
	}
	return p
}

// step shows where the command is.
func (p *progress) step(format string, values ...any) {
	line := p.name + ": " + fmt.Sprintf(format, values...)
	p.shown = true
	if p.terminal {
		fmt.Fprintf(p.out, "\r\x1b[K%s", line)
		return
	}
	fmt.Fprintln(p.out, line)
}

// movements shows how far the provider's records have been read.
func (p *progress) movements(until time.Time, read int) {
	p.step("%d movements up to %s", read, until.UTC().Format(time.RFC3339))
}

// end clears the line of a terminal.
func (p *progress) end() {
	if p.terminal && p.shown {
		fmt.Fprintf(p.out, "\r\x1b[K")
	}
}

// moment reads a day or a time of an option; empty: the zero time.
func moment(option, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return at, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("%s %q is neither a day such as 2026-01-31 nor a time such as 2026-01-31T12:00:00Z",
			option, text)
	}
	return at, nil
}
