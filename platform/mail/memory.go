package mail

import (
	"context"
	"slices"
	"sync"
)

// Memory is a Sender that keeps the messages, for tests.
type Memory struct {
	mu   sync.Mutex
	sent []Message
	fail error
}

// Send keeps the message, or returns the error of Fail.
func (m *Memory) Send(_ context.Context, message Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := message.Check(); err != nil {
		return err
	}
	if m.fail != nil {
		return m.fail
	}
	m.sent = append(m.sent, message)
	return nil
}

// Fail makes Send return an error from now on; nil ends that.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

// Sent returns the messages to an address, the oldest first.
func (m *Memory) Sent(address string) (out []Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.sent), func(s Message) bool { return s.Address != address })
}
