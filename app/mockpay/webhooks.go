package mockpay

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

const (
	batch           = 64
	parallel        = 8
	pollInterval    = 50 * time.Millisecond
	deliveryTimeout = 5 * time.Second
	firstBackoff    = time.Second
	lastBackoff     = time.Minute
)

// sender runs due timers, and delivers webhooks at least once: an event stays in the outbox until its delivery returns
// 2xx.
type sender struct {
	store    *store
	opts     Options
	client   *http.Client
	notified chan struct{}
	done     chan struct{}
	ctx      context.Context //nolint:containedctx // it ends the sender's goroutine
	cancel   context.CancelFunc
}

func newSender(store *store, opts Options) *sender {
	ctx, cancel := context.WithCancel(context.Background())
	client := &http.Client{Timeout: deliveryTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: parallel}}
	return &sender{store, opts, client, make(chan struct{}, 1), make(chan struct{}), ctx, cancel}
}

func (s *sender) notify() {
	select {
	case s.notified <- struct{}{}:
	default:
	}
}

func (s *sender) stop() {
	s.cancel()
	<-s.done
	s.client.CloseIdleConnections()
}

func (s *sender) run() {
	defer close(s.done)
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		s.store.runTimers() //nolint:errcheck // the next round repeats a failed write
		for s.round() == batch {
		}
		select {
		case <-s.notified:
		case <-ticker.C:
		case <-s.ctx.Done():
			return
		}
	}
}

// round delivers due events and returns their number.
func (s *sender) round() int {
	if s.opts.WebhookURL == "" || s.ctx.Err() != nil {
		return 0
	}
	due, err := s.store.due(batch)
	if err != nil {
		return 0
	}
	var group sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for _, d := range due {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			s.deliver(d)
		})
	}
	group.Wait()
	return len(due)
}

func (s *sender) deliver(d delivery) {
	if s.send(d) {
		s.store.delivered(d.Key) //nolint:errcheck // it is delivered again, as webhooks may be
		return
	}
	d.NextAt = s.store.now().Add(min(firstBackoff<<min(d.Attempts, 10), lastBackoff))
	d.Attempts++
	d.Forged = max(d.Forged-1, 0)
	s.store.reschedule(d) //nolint:errcheck // it is still due
}

func (s *sender) send(d delivery) bool {
	body, err := json.Marshal(d.Event)
	if err != nil {
		return false
	}
	request, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.opts.WebhookURL, bytes.NewReader(body))
	if err != nil {
		return false
	}
	secret := s.opts.WebhookSecret
	if d.Forged > 0 {
		secret += " forged"
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Mockpay-Signature", Sign(body, secret, time.Now()))
	if d.Trace != "" {
		request.Header.Set(traceHeader, d.Trace)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode/100 == 2
}
