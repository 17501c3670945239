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

// paper is what is written on, and how often.
type paper struct {
	mu     sync.Mutex
	text   bytes.Buffer
	writes int
}

// Write writes.
func (p *paper) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes++
	return p.text.Write(text)
}

func (p *paper) read() (string, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String(), p.writes
}

func TestLinesAreWrittenTogetherAndSoonAndErrorsAtOnce(t *testing.T) {
	t.Parallel()
	var p paper
	logger, flush := log.New(config.Log{Level: "info", Format: "text"}, &p)
	for n := range 100 {
		logger.Info("line", "n", n)
	}
	text, _ := p.read()
	require.Empty(t, text)
	require.Eventually(t, func() bool {
		text, writes := p.read()
		return strings.Count(text, "\n") == 100 && writes == 1
	}, time.Minute, time.Millisecond)
	logger.With("part", "x").Error("look")
	text, _ = p.read()
	require.Contains(t, text, "msg=look part=x")
	logger.Info("the last one")
	require.NoError(t, flush())
	text, _ = p.read()
	require.Contains(t, text, "the last one")
}
