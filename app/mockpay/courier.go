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
	lookAgain       = 50 * time.Millisecond
	deliveryTimeout = 5 * time.Second
	firstBackoff    = time.Second
	lastBackoff     = time.Minute
)

// courier lets time pass: it runs what is scheduled, and delivers webhooks at least once. An event leaves the books
// only when it was answered with 2xx.
type courier struct {
	store  *store
	opts   Options
	client *http.Client
	woken  chan struct{}
	done   chan struct{}
	ctx    context.Context //nolint:containedctx // it ends the courier's own goroutine
	cancel context.CancelFunc
}

func newCourier(s *store, opts Options) *courier {
	ctx, cancel := context.WithCancel(context.Background())
	client := &http.Client{Timeout: deliveryTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: parallel}}
	return &courier{s, opts, client, make(chan struct{}, 1), make(chan struct{}), ctx, cancel}
}

func (c *courier) wake() {
	select {
	case c.woken <- struct{}{}:
	default:
	}
}

func (c *courier) stop() {
	c.cancel()
	<-c.done
	c.client.CloseIdleConnections()
}

func (c *courier) run() {
	defer close(c.done)
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	for {
		c.store.runTimers() //nolint:errcheck // what could not be written is due again in the next round
		for c.round() == batch {
		}
		select {
		case <-c.woken:
		case <-ticker.C:
		case <-c.ctx.Done():
			return
		}
	}
}

// round delivers what is due and returns how much that was.
func (c *courier) round() int {
	if c.opts.WebhookURL == "" || c.ctx.Err() != nil {
		return 0
	}
	due, err := c.store.due(batch)
	if err != nil {
		return 0
	}
	var group sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for _, d := range due {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			c.deliver(d)
		})
	}
	group.Wait()
	return len(due)
}

func (c *courier) deliver(d delivery) {
	if c.send(d) {
		c.store.delivered(d.Key) //nolint:errcheck // it stays in the outbox and is delivered again, as webhooks may be
		return
	}
	d.NextAt = c.store.now().Add(min(firstBackoff<<min(d.Attempts, 10), lastBackoff))
	d.Attempts++
	d.Forged = max(d.Forged-1, 0)
	c.store.postpone(d) //nolint:errcheck // it stays in the outbox as it was
}

func (c *courier) send(d delivery) bool {
	body, err := json.Marshal(d.Event)
	if err != nil {
		return false
	}
	request, err := http.NewRequestWithContext(c.ctx, http.MethodPost, c.opts.WebhookURL, bytes.NewReader(body))
	if err != nil {
		return false
	}
	secret := c.opts.WebhookSecret
	if d.Forged > 0 {
		secret += " forged"
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Mockpay-Signature", Sign(body, secret, time.Now()))
	response, err := c.client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode/100 == 2
}
