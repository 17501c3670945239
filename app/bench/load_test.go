//go:build bench

package bench_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// latencies collects the durations of calls.
type latencies struct {
	mu  sync.Mutex
	all []time.Duration
}

func (l *latencies) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, d)
}

// percentile returns a percentile of the durations in ms, such as the median for 0.5; 0 if there are none.
func (l *latencies) percentile(p float64) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == 0 {
		return 0
	}
	slices.Sort(l.all)
	at := min(len(l.all)-1, int(float64(len(l.all))*p))
	return float64(l.all[at].Microseconds()) / 1000
}

// flood is a closed loop: each client calls work again when the last call has returned, for d or until work returns
// false. It returns the number of successful calls per second.
func flood(d time.Duration, work func(client int) bool) float64 {
	var group sync.WaitGroup
	var done atomic.Int64
	began := time.Now()
	for client := range clients {
		group.Go(func() {
			for time.Since(began) < d && work(client) {
				done.Add(1)
			}
		})
	}
	group.Wait()
	return float64(done.Load()) / time.Since(began).Seconds()
}

// arrive is an open loop: it starts calls at a rate per second for d, without waiting for earlier calls. A latency is
// measured from the call's due time.
func arrive(d time.Duration, rate float64, work func(n int, due time.Time)) {
	var group sync.WaitGroup
	began := time.Now()
	for n := range int(rate * d.Seconds()) {
		due := began.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		time.Sleep(time.Until(due))
		group.Go(func() { work(n, due) })
	}
	group.Wait()
}

// purchases measures P1, and P5 under load: purchases over HTTP, with the provider in memory and with mockpay.
func (b *bench) purchases() {
	m := b.market()
	stop := m.open(b.binary("bench"))
	flood(b.round/2, m.purchase) // warm up
	var rate float64
	var store, database time.Duration
	var closed latencies
	b.amount(figure{Name: "P1", What: "purchases a second: two adds, checkout; 32 buyers", Unit: "/s"}, func() float64 {
		storeBefore, databaseBefore := m.storeCPU(), postgresCPU()
		var n atomic.Int64
		rate = flood(b.round, func(client int) bool {
			began := time.Now()
			ok := m.purchase(client)
			closed.add(time.Since(began))
			n.Add(1)
			return ok
		})
		purchases := time.Duration(n.Load())
		store, database = (m.storeCPU()-storeBefore)/purchases, (postgresCPU()-databaseBefore)/purchases
		return rate
	})
	b.single(figure{Name: "P1", What: "… latency p50", Unit: "ms", Value: closed.percentile(0.5)})
	b.single(figure{Name: "P1", What: "… latency p99", Unit: "ms", Value: closed.percentile(0.99)})
	b.single(figure{
		Name: "P1", What: "… CPU of the store for one", Unit: "ms",
		Value: float64(store.Microseconds()) / 1000,
	})
	b.single(figure{
		Name: "P1", What: "… CPU of PostgreSQL for one", Unit: "ms",
		Value: float64(database.Microseconds()) / 1000,
	})
	var open latencies
	var turns [clients]sync.Mutex // a buyer makes one purchase at a time
	arrive(2*b.round, rate/2, func(n int, due time.Time) {
		turns[n%clients].Lock()
		defer turns[n%clients].Unlock()
		m.purchase(n % clients)
		open.add(time.Since(due))
	})
	b.single(figure{
		Name: "P1", What: "… arriving at half that rate, latency p50", Unit: "ms",
		Value: open.percentile(0.5),
	})
	b.single(figure{
		Name: "P1", What: "… arriving at half that rate, latency p99", Unit: "ms",
		Value: open.percentile(0.99),
	})
	stop()
	stop = m.open(b.binary(""))
	defer stop()
	flood(b.round/2, m.purchase)
	b.amount(figure{Name: "P1", What: "purchases a second, with mockpay over HTTP", Unit: "/s"},
		func() float64 { return flood(b.round, m.purchase) })
	b.single(figure{
		Name: "P5", What: "memory after the purchases", Unit: "MiB", Value: resident(b, m.store.Process.Pid),
		Goal: 100, Most: true,
	})
}

// disk measures P8: the rate of 32 clients against that of one, when each WAL flush takes 2 ms longer. PostgreSQL's
// commit_delay adds that delay, and all waiting commits share the flush.
func (b *bench) disk() {
	m := b.market()
	b.slow(m, "SET")
	defer b.slow(m, "RESET")
	defer m.open(b.binary("bench"))()
	b.compare(figure{Name: "P8", What: "checkout with a disk slower by 2 ms, 32 clients ÷ 1", Goal: 6}, 1,
		func(d time.Duration) float64 {
			m.fill()
			return flood(d, m.checkout)
		},
		func(d time.Duration) float64 {
			m.fill()
			return flood(d, func(client int) bool { return client == 0 && m.checkout(client) })
		})
}

// slow sets commit_delay to 2 ms for the database's new sessions, or resets it.
func (b *bench) slow(m *market, verb string) {
	for setting, value := range map[string]string{"commit_delay": " = 2000", "commit_siblings": " = 0"} {
		if verb == "RESET" {
			value = ""
		}
		_, err := m.conn.Exec(b.t.Context(), "ALTER DATABASE "+m.conn.Config().Database+" "+verb+" "+setting+value)
		require.NoError(b.t, err)
	}
}

// logins measures P9: the rate of product reads while 8 other clients sign in without a pause.
func (b *bench) logins() {
	m := b.market()
	defer m.open(b.binary("bench"))()
	w := b.newWires(m.URL + "/v1/products/" + m.product)
	b.compare(figure{Name: "P9", What: "product reads while 8 clients sign in ÷ alone", Goal: 0.7}, 1,
		func(d time.Duration) float64 {
			var group sync.WaitGroup
			began := time.Now()
			for range 8 {
				group.Go(func() {
					for time.Since(began) < d {
						status, raw := m.send(http.MethodPost, "/v1/sessions", "", "",
							harness.Object{"login": "clerk", "password": harness.TestPassword})
						must(status == http.StatusCreated, "a sign-in", status, raw)
					}
				})
			}
			rate := flood(d, w.read)
			group.Wait()
			return rate
		},
		func(d time.Duration) float64 { return flood(d, w.read) })
}

// overload measures P10: the rate of completed checkouts while more are offered than the store can complete.
func (b *bench) overload() {
	m := b.market()
	defer m.open(b.binary("bench"))()
	m.fill()
	capacity := flood(b.round, m.checkout)
	var peak float64
	for _, times := range []float64{0.5, 1, 2, 3, 5} {
		m.fill()
		point := b.offer(m, capacity*times)
		point.Offered = times
		peak = max(peak, point.Done)
		b.curve = append(b.curve, point)
		fmt.Printf("bench: offered %.1f × the capacity of %.0f/s: %.0f/s done, %.0f/s rejected, p99 %.1f ms\n",
			times, capacity, point.Done, point.Shed, point.ShedWithin)
	}
	last := b.curve[len(b.curve)-1]
	b.single(figure{
		Name: "P10", What: "checkouts done at 5 × the capacity ÷ at the peak", Unit: "ratio",
		Value: last.Done / peak, Goal: 0.8,
	})
	b.single(figure{
		Name: "P10", What: "latency p99 of rejections at 5 × the capacity", Unit: "ms",
		Value: last.ShedWithin, Goal: 50, Most: true,
	})
	b.single(figure{
		Name: "P10", What: "memory after the overload", Unit: "MiB", Value: resident(b, m.store.Process.Pid),
		Goal: 100, Most: true,
	})
}

// crowd measures P10: the rate of product lists while there are more clients than in-flight slots. Each client sends
// its next request when the last one is answered, also with a rejection.
func (b *bench) crowd() {
	m := b.market()
	defer m.open(b.binary("bench"))()
	b.amount(figure{
		Name: "P10", What: "lists answered at 2,000 connections ÷ at the peak", Unit: "ratio", Goal: 0.8,
	}, func() float64 {
		var last, peak float64
		for _, connections := range []int{128, 1000, 2000} {
			last = m.lists(connections, b.round)
			peak = max(peak, last)
		}
		return last / peak
	})
}

// lists returns the successful lists per second over a number of connections.
func (m *market) lists(connections int, duration time.Duration) float64 {
	var listed, rejected atomic.Int64
	var group sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	began := time.Now()
	for range connections {
		group.Go(func() {
			for time.Since(began) < duration {
				switch status := m.list(client); status {
				case http.StatusOK:
					listed.Add(1)
				case http.StatusServiceUnavailable:
					rejected.Add(1)
				default:
					must(false, "a list", status, nil)
				}
			}
		})
	}
	group.Wait()
	seconds := time.Since(began).Seconds()
	fmt.Printf("bench: %d connections: %.0f/s lists, %.0f/s rejected\n", connections, float64(listed.Load())/seconds,
		float64(rejected.Load())/seconds)
	return float64(listed.Load()) / seconds
}

func (m *market) list(client *http.Client) int {
	response, err := client.Get(m.URL + "/v1/products?limit=20") //nolint:noctx // a closed loop ends by itself
	if err != nil {
		must(false, "a list", 0, []byte(err.Error()))
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// slowSenders measures P10: the memory used by 3,000 clients that send all but the last byte of a body and then stop,
// and the latency of others' requests meanwhile.
func (b *bench) slowSenders() {
	m := b.market()
	defer m.open(b.binary("bench"))()
	w := b.newWires(m.URL + "/v1/products/" + m.product)
	part := strings.Repeat(" ", 60<<10)
	var reads latencies
	var memory float64
	var senders sync.WaitGroup
	ctx, stop := context.WithTimeout(b.t.Context(), 2*b.round)
	defer stop()
	for range 3000 {
		senders.Go(func() {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(m.URL, "http://"))
			if err != nil {
				return // the measurement has ended
			}
			defer conn.Close()
			_, _ = fmt.Fprintf(conn, "POST /v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+
				"Content-Length: %d\r\n\r\n%s", len(part)+1, part)
			<-ctx.Done()
		})
	}
	for n := 0; ctx.Err() == nil; n++ {
		began := time.Now()
		w.read(n % clients)
		reads.add(time.Since(began))
		if n%100 == 0 {
			memory = max(memory, resident(b, m.store.Process.Pid))
		}
	}
	senders.Wait()
	b.single(figure{
		Name: "P10", What: "memory under 3,000 slow senders", Unit: "MiB", Value: memory,
		Goal: 100, Most: true,
	})
	b.single(figure{
		Name: "P10", What: "product reads meanwhile, latency p99", Unit: "ms", Value: reads.percentile(0.99),
		Goal: 250, Most: true,
	})
}

// point is a point of the curve of overload.
type point struct {
	Offered    float64 `json:"offered"`        // multiple of the capacity
	Done       float64 `json:"done"`           // completed checkouts per second
	Shed       float64 `json:"shed"`           // rejected checkouts per second
	ShedWithin float64 `json:"shed_within_ms"` // latency p99 of rejections
}

// offer starts checkouts at a rate and returns how many were completed and rejected.
func (b *bench) offer(m *market, rate float64) (p point) {
	var done, shed atomic.Int64
	var rejections latencies
	var mu sync.Mutex
	began := time.Now()
	arrive(b.round, rate, func(n int, _ time.Time) {
		buyers := m.buyers[n%clients]
		s := buyers[n/clients%len(buyers)]
		mu.Lock()
		if len(s.items) < perOrder {
			mu.Unlock()
			return
		}
		items := s.items[:perOrder]
		s.items = s.items[perOrder:]
		mu.Unlock()
		sent := time.Now()
		status, raw := m.pay(s, items)
		switch status {
		case http.StatusCreated:
			done.Add(1)
		case http.StatusServiceUnavailable, http.StatusTooManyRequests:
			shed.Add(1)
			rejections.add(time.Since(sent))
			mu.Lock()
			s.items = append(s.items, items...)
			mu.Unlock()
		default:
			must(false, "a checkout", status, raw)
		}
	})
	seconds := time.Since(began).Seconds()
	return point{
		Done: float64(done.Load()) / seconds, Shed: float64(shed.Load()) / seconds,
		ShedWithin: rejections.percentile(0.99),
	}
}
