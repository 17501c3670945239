//go:build unix

package recovery_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
)

// recoverWithin is the goal for the time from the start of the restore until the store is ready.
const recoverWithin = time.Minute

// drill is a store whose database is backed up, lost and restored, while its provider keeps all records.
type drill struct {
	*harness.Store
	server  *server
	replica *replica
	buyer   *harness.Client
	games   []string
	next    int
}

func newDrill(t *testing.T) *drill {
	t.Helper()
	if os.Getenv("COINSLOT_TEST_DRILL") == "" {
		t.Skip("the drill runs with make restore")
	}
	d := &drill{Store: &harness.Store{}, server: newServer(t)}
	d.server.create(t)
	d.StartProvider(t, time.Hour)
	d.replica = newReplica(t, d.server.url(storeLogin, "coinslot"), d.server.url(owner, "coinslot"), d.Mockpay.URL())
	out, err := d.replica.command(t, "migrate", "up")
	require.NoError(t, err, out)
	d.Database = &pgtest.Database{
		OwnerURL: d.server.url(owner, "coinslot"), StoreURL: d.server.url(storeLogin, "coinslot"),
	}
	_, stop := d.Start(t, d.Config(t), true) // adds the sample catalog
	stop()
	d.URL = d.replica.url
	d.replica.start(t)
	d.Webhooks.SetTarget(d.URL)
	d.buyer = d.NewBuyer(t)
	d.games = d.buyer.PaidGames()
	return d
}

// buy buys the next game and returns the order.
func (d *drill) buy(t *testing.T, method string, status int) string {
	t.Helper()
	order := d.buyer.Checkout(method, d.games[d.next]).Is(status)
	d.next++
	if id, ok := order.Body["order_id"].(string); ok { // of a problem
		return id
	}
	return order.Text("id")
}

// disputed buys a game whose payment is disputed.
func (d *drill) disputed(t *testing.T) string {
	t.Helper()
	d.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "dispute", "ms": 3600000, "outcome": "open"}]}`)
	return d.buy(t, "pm_ok", http.StatusCreated)
}

// numbered waits until all documents have numbers and are sealed, and returns their numbers with their IDs.
func (d *drill) numbered(t *testing.T) map[string]string {
	t.Helper()
	within(t, 30*time.Second, "the store is idle", func() bool {
		return d.server.read(t, `SELECT ((SELECT count(*) FROM checkout.orders
				WHERE status IN ('pending', 'processing', 'paid') OR advancing_until > now())
			+ (SELECT count(*) FROM billing.invoice_drafts) + (SELECT count(*) FROM billing.journal_unsealed)
			+ (SELECT count(*) FROM billing.refunds WHERE status IN ('requested', 'pending')))::text`)[0] == "0"
	})
	out := map[string]string{}
	for _, row := range d.server.read(t, `SELECT series || '-' || number || ' ' || id FROM billing.invoices`) {
		number, id, _ := strings.Cut(row, " ")
		out[number] = id
	}
	return out
}

// before is what happens until the backup and between the backup and the moment of the restore.
type before struct {
	refundedLater, disputedLater, confirmedLater string
}

func (d *drill) playBefore(t *testing.T) (b before, moment string) {
	t.Helper()
	d.buy(t, "pm_ok", http.StatusCreated)
	b.refundedLater = d.buy(t, "pm_ok", http.StatusCreated)
	d.buyer.Refund(d.buy(t, "pm_ok", http.StatusCreated), nil).Is(http.StatusCreated)
	d.server.pgbackrest(t, "backup", "--type=full")
	backedUp := time.Now()
	b.disputedLater = d.disputed(t)
	b.confirmedLater = d.buy(t, "pm_requires_action", http.StatusAccepted)
	d.buy(t, "pm_declined", http.StatusPaymentRequired)
	d.numbered(t)
	within(t, 10*time.Second, "a later second than the backup's end, which pgBackRest records in seconds", func() bool {
		return time.Since(backedUp) > 2*time.Second
	})
	return b, d.server.read(t, `SELECT to_char((clock_timestamp() + interval '2 ms') AT TIME ZONE 'UTC',
		'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`)[0]
}

// playAfter is what the restore undoes in the database and not at the provider. It returns the orders that are lost.
func (d *drill) playAfter(t *testing.T, b before) (lost []string) {
	t.Helper()
	for range 3 {
		lost = append(lost, d.buy(t, "pm_ok", http.StatusCreated))
	}
	d.buyer.Refund(lost[1], nil).Is(http.StatusCreated)
	d.RefundAtProvider(t, lost[2], 100)
	d.buyer.Refund(b.refundedLater, nil).Is(http.StatusCreated)
	action := d.buyer.Get("/v1/orders/" + b.confirmedLater).Is(http.StatusOK).Body["next_action"].(harness.Object)
	harness.MustCall(t, http.MethodPost, action["url"].(string), `{"result": "success"}`)
	d.buyer.AwaitOrder(b.confirmedLater, "completed")
	lost = append(lost, d.buy(t, "pm_requires_action", http.StatusAccepted)) // is never confirmed
	d.PostToProvider(t, "/_clock/advance", `{"seconds": 3600}`, http.StatusOK)
	within(t, 30*time.Second, "the dispute is known", func() bool {
		return d.server.read(t, `SELECT count(*)::text FROM billing.disputes`)[0] == "1"
	})
	d.PostToProvider(t, "/_fees", `{"amount":7,"currency":"EUR"}`, http.StatusCreated)
	d.PostToProvider(t, "/_payouts", "", http.StatusCreated)
	within(t, 30*time.Second, "the fee and the payout are booked", func() bool {
		return d.server.read(t, `SELECT count(DISTINCT source_type)::text FROM billing.journal_entries
			WHERE source_type IN ('payout', 'fee')`)[0] == "2"
	})
	return lost
}

// killStep is the difference between the moments at which runs are killed.
const killStep = 25 * time.Millisecond

// heal repairs the restored database. The first run is killed when it is about to begin, and each one a little later
// than the one before, until one ends by itself.
func (d *drill) heal(t *testing.T, moment string) string {
	t.Helper()
	out, err := d.replica.command(t, "reconcile", "--heal", "--since", moment)
	require.Error(t, err)
	require.Contains(t, out, "coinslot: --heal --since needs --heads FILE")
	require.NotContains(t, out, "\n")
	began := time.Now()
	out, err = d.replica.command(t, "reconcile", "--since", moment)
	require.Error(t, err)
	require.Contains(t, out, "the provider has a charge that the store does not have")
	idle := time.Since(began)
	out = ""
	args := []string{"reconcile", "--heal", "--since", moment, "--heads", d.replica.heads()}
	for kills, ended := 0, false; !ended; kills++ {
		killed := program(t, d.replica.environ, args...)
		written := start(t, killed)
		after := time.AfterFunc(idle*3/4+time.Duration(kills)*killStep, func() {
			killed.Signal(syscall.SIGKILL)
		})
		ended = killed.Wait() == nil
		after.Stop()
		out += fmt.Sprintf("run %d: %s\n", kills+1, strings.TrimSpace(written.String()))
	}
	healed, err := d.replica.command(t, args...)
	require.NoError(t, err, healed)
	require.Contains(t, healed, " 0 differences")
	require.NotContains(t, healed, "repaired", "a repeated run has nothing to do")
	return out + healed
}

// TestRestore_ToAMomentBeforeLaterCharges_LosesNoMoney restores the database to a moment, while the provider has later
// charges, refunds, disputes, fees and payouts.
func TestRestore_ToAMomentBeforeLaterCharges_LosesNoMoney(t *testing.T) { //nolint:paralleltest // it measures time
	d := newDrill(t)
	b, moment := d.playBefore(t)
	kept := d.numbered(t)
	lost := d.playAfter(t, b)
	seen := d.numbered(t)
	within(t, 10*time.Second, "the head is recorded", func() bool {
		raw, err := os.ReadFile(d.replica.heads())
		return err == nil && strings.Count(string(raw), "\n") > 3
	})
	d.server.archived(t)
	d.replica.process.Kill()
	d.server.lose(t)

	began := time.Now()
	d.server.restore(t, moment)
	restored := time.Since(began)
	out := d.heal(t, moment)
	d.replica.start(t)
	took := time.Since(began)
	t.Logf("restored in %s, the store was ready after %s:\n%s", restored.Round(time.Millisecond),
		took.Round(time.Millisecond), out)
	require.Less(t, took, recoverWithin)

	for _, order := range lost {
		require.Zero(t, d.Net(t, order), "the provider holds nothing of a lost order")
		d.buyer.Get("/v1/orders/"+order).Problem(http.StatusNotFound, "order-not-found")
	}
	d.buyer.AwaitOrder(b.refundedLater, "refunded")
	d.buyer.AwaitOrder(b.confirmedLater, "completed")
	d.requireNumbers(t, kept, seen)
	d.requireSilence(t, moment)
}

// requireNumbers buys once more, and asserts that no document has a number that another one had before the restore.
func (d *drill) requireNumbers(t *testing.T, kept, seen map[string]string) {
	t.Helper()
	require.Greater(t, len(seen), len(kept))
	d.next = len(d.games) - 1
	d.buy(t, "pm_ok", http.StatusCreated)
	now := d.numbered(t)
	for number, id := range now {
		if before, used := seen[number]; used {
			require.Equal(t, before, id, "%s is issued twice", number)
		}
	}
	for number, id := range kept {
		require.Equal(t, id, now[number])
	}
	require.Greater(t, len(now), len(kept))
}

// requireSilence asserts that reconcile and verify find nothing.
func (d *drill) requireSilence(t *testing.T, moment string) {
	t.Helper()
	out, err := d.replica.command(t, "reconcile", "--since", moment)
	require.NoError(t, err, out)
	out, err = d.replica.command(t, "verify", "--heads", d.replica.heads())
	require.NoError(t, err, out)
	require.Contains(t, out, ": 0 violations")
	require.Contains(t, out, "heads whose seals a restore has undone")
	t.Log(lastLines(out, 3))
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(slices.Clone(lines[max(len(lines)-n, 0):]), "\n")
}
