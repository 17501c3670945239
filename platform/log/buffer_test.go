package log_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"coinslot/platform/config"
	"coinslot/platform/log"

	"github.com/stretchr/testify/require"
)

// output counts its writes.
type output struct {
	mu     sync.Mutex
	text   bytes.Buffer
	writes int
}

// Write appends to the text.
func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writes++
	return o.text.Write(text)
}

func (o *output) read() (string, int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String(), o.writes
}

func TestNew_BuffersLinesAndWritesErrorsAtOnce(t *testing.T) {
	t.Parallel()
	var out output
	logger, flush := log.New(config.Log{Level: "info", Format: "text"}, &out)
	for n := range 100 {
		logger.Info("line", "n", n)
	}
	text, _ := out.read()
	require.Empty(t, text)
	require.Eventually(t, func() bool {
		text, writes := out.read()
		return strings.Count(text, "\n") == 100 && writes == 1
	}, time.Minute, time.Millisecond)
	logger.With("part", "x").Error("failure")
	text, _ = out.read()
	require.Contains(t, text, "msg=failure part=x")
	logger.Info("the last one")
	require.NoError(t, flush())
	text, _ = out.read()
	require.Contains(t, text, "the last one")
}
