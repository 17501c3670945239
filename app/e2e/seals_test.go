package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/app/verify"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
)

// sealedStore is a store with a sale, a refund and a dispute, all of them sealed, and a file with heads.
type sealedStore struct {
	*harness.Store
	heads string
}

func newSealedStore(t *testing.T) *sealedStore {
	t.Helper()
	file := filepath.Join(t.TempDir(), "heads.jsonl")
	r := &sealedStore{heads: file}
	r.Store = harness.Start(t, nil, harness.With(func(cfg *store.Config) { cfg.Ledger.HeadFile = file }))
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_ok", "tidewright", "star-orchard").Is(http.StatusCreated)
	requireInvoice(t, buyer, order)
	buyer.Refund(order.Text("id"), harness.Object{"line_ids": []any{order.Items("lines")[0]["id"]}}).Is(http.StatusCreated)
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "dispute", "ms": 50, "outcome": "lost"}]}`)
	buyer.Checkout("pm_ok", "brassica").Is(http.StatusCreated)
	r.awaitSealed(t, "billing.disputes WHERE status = 'lost'", 1)
	last := buyer.Checkout("pm_ok", "saltborn").Is(http.StatusCreated)
	buyer.AwaitDocument("/v1/invoices/" + last.Body["invoice"].(harness.Object)["id"].(string) + "/pdf")
	r.awaitSealed(t, "billing.invoices", 4)
	require.Empty(t, r.violations(t))
	r.Stop()
	r.Disconnect(t)
	require.NoError(t, r.Database.DB.Close())
	return r
}

// clone returns a copy of the store, whose database is not used any more, with the same file.
func (r *sealedStore) clone(t *testing.T) *sealedStore {
	t.Helper()
	return &sealedStore{&harness.Store{Database: pgtest.Clone(t, r.Database), Mockpay: r.Mockpay}, r.heads}
}

// awaitSealed waits until a table has rows, everything is sealed, and the head is in the file.
func (r *sealedStore) awaitSealed(t *testing.T, table string, rows int) {
	t.Helper()
	harness.Eventually(t, "everything is sealed and recorded", func() bool {
		if harness.Count(t, r.Store, table) < rows || harness.Count(t, r.Store, "billing.invoice_drafts") > 0 ||
			harness.Count(t, r.Store, "billing.journal_unsealed") > 0 ||
			harness.Count(t, r.Store, "billing.unsealed_records") > 0 {
			return false
		}
		raw, _ := os.ReadFile(r.heads) // it appears with the first head
		hash := r.Text(t, `SELECT encode(hash, 'hex') FROM billing.seals ORDER BY sequence DESC LIMIT 1`)
		return strings.Contains(string(raw), hash)
	})
}

// violations returns the violations that `coinslot verify --heads FILE` prints, after their findings' names.
func (r *sealedStore) violations(t *testing.T) string {
	t.Helper()
	found, err := verify.Run(t.Context(), r.Database.OwnerURL, r.Provider())
	require.NoError(t, err)
	sealed, err := verify.Ledger(t.Context(), r.Config(t), r.heads)
	require.NoError(t, err)
	var out strings.Builder
	for _, f := range append(found, sealed...) {
		for _, v := range f.Violations {
			out.WriteString(f.Name + ": " + v + "\n")
		}
	}
	return out.String()
}

// reseal computes the chain of hashes anew, with everything that the database has.
const reseal = `
	CREATE TEMPORARY TABLE again AS WITH RECURSIVE chain AS (
		SELECT position, entry_id, ''::bytea AS previous, billing.journal_hash('', entry_id) AS hash
		FROM billing.journal_seals WHERE position = 1
		UNION ALL SELECT s.position, s.entry_id, c.hash, billing.journal_hash(c.hash, s.entry_id)
		FROM chain c JOIN billing.journal_seals s ON s.position = c.position + 1) SELECT * FROM chain;
	UPDATE billing.journal_seals s SET previous = a.previous, hash = a.hash FROM again a WHERE a.position = s.position;
	UPDATE billing.seals s SET chain_hash = j.hash FROM billing.journal_seals j WHERE j.position = s.chain_position;
	DROP TABLE again;`

// closeGaps gives the positions of a chain without gaps.
const closeGaps = `
	UPDATE billing.journal_seals s SET position = 1000 + n.n
	FROM (SELECT position, row_number() OVER (ORDER BY position) AS n FROM billing.journal_seals) AS n
	WHERE n.position = s.position;
	UPDATE billing.journal_seals SET position = position - 1000;`

// Each statement is run as the owner of the database. found is a line that coinslot verify prints then; with recorded
// only --heads finds it.
func TestTampering_AsOwner_IsFound(t *testing.T) {
	t.Parallel()
	original := newSealedStore(t)
	const (
		lastEntry = `(SELECT entry_id FROM billing.journal_seals ORDER BY position DESC LIMIT 1)`
		lastOrder = `(SELECT order_id FROM billing.journal_entries WHERE id = ` + lastEntry + `)`
	)
	for name, c := range map[string]struct {
		statements string
		found      []string
		recorded   bool
	}{
		"balanced postings are updated": {
			statements: `UPDATE billing.journal_postings SET amount = amount * 2`,
			found:      []string{"S1: position 1 of the chain does not match entry "},
		},
		"balanced postings are updated and the hash function is replaced": {
			statements: `CREATE TABLE billing.kept AS SELECT entry_id, hash FROM billing.journal_seals;
				UPDATE billing.journal_postings SET amount = amount * 2;
				CREATE OR REPLACE FUNCTION billing.journal_hash(previous bytea, entry uuid) RETURNS bytea LANGUAGE sql STABLE
					AS 'SELECT hash FROM billing.kept WHERE entry_id = entry'`,
			found: []string{"S1: position 1 of the chain does not match entry "},
		},
		"an entry is deleted": {
			statements: `DELETE FROM billing.journal_entries WHERE id = ` + lastEntry,
			found:      []string{"S1: position 7 of the chain does not match entry ", "I3: "},
		},
		"an entry is deleted and the chain is re-sealed": {
			statements: `CREATE TEMPORARY TABLE gone AS SELECT entry_id FROM billing.journal_seals WHERE position = 2;
				DELETE FROM billing.journal_postings WHERE entry_id IN (SELECT entry_id FROM gone);
				DELETE FROM billing.journal_entries WHERE id IN (SELECT entry_id FROM gone);
				DELETE FROM billing.journal_seals WHERE position = 2;` + closeGaps + reseal,
			found: []string{"S1: seal ", " is not authentic: its HMAC does not match"},
		},
		"the seals of the tail are deleted": {
			statements: `DELETE FROM billing.seals WHERE sequence = (SELECT max(sequence) FROM billing.seals);
				DELETE FROM billing.journal_seals WHERE position = 7`,
			found: []string{"I29: entry ", "is neither sealed nor queued for sealing", "S1: 7 entries, 6 in the chain"},
		},
		"the tail is deleted with its seals": {
			statements: `CREATE TEMPORARY TABLE gone AS SELECT ` + lastOrder + ` AS id, ` + lastEntry + ` AS entry;
				DELETE FROM billing.journal_seals WHERE entry_id = (SELECT entry FROM gone);
				DELETE FROM billing.journal_postings WHERE entry_id = (SELECT entry FROM gone);
				DELETE FROM billing.journal_entries WHERE id = (SELECT entry FROM gone);
				DELETE FROM billing.seals WHERE chain_position = 7;
				DELETE FROM billing.sealed_records WHERE sequence > (SELECT max(sequence) FROM billing.seals);
				DELETE FROM billing.invoice_documents
					WHERE invoice_id IN (SELECT id FROM billing.invoices WHERE order_id = (SELECT id FROM gone));
				DELETE FROM billing.invoices WHERE order_id = (SELECT id FROM gone);
				DELETE FROM billing.history WHERE order_id = (SELECT id FROM gone);
				DELETE FROM billing.payments WHERE order_id = (SELECT id FROM gone)`,
			found:    []string{"S2: line ", " is missing", "series INV-AT-"},
			recorded: true,
		},
		"tax is moved to revenue and the chain is re-sealed": {
			statements: `UPDATE billing.journal_postings SET account = 'revenue' WHERE account = 'tax_payable';` + reseal,
			found:      []string{"I21: invoice ", "S1: seal 1 is not authentic: its HMAC does not match"},
		},
		"all disputes are deleted and the chain is re-sealed": {
			statements: `DELETE FROM billing.disputes; DELETE FROM billing.sealed_records WHERE kind = 'dispute';` + reseal,
			found: []string{
				"I24: the journal has entries of dispute ", "S1: seal ", " is not authentic: its HMAC does not match",
			},
		},
		"all disputes are deleted with their entries and the chain is re-sealed": {
			statements: `DELETE FROM billing.disputes; DELETE FROM billing.sealed_records WHERE kind = 'dispute';
				CREATE TEMPORARY TABLE gone AS SELECT id FROM billing.journal_entries WHERE source_type = 'dispute';
				DELETE FROM billing.journal_postings WHERE entry_id IN (SELECT id FROM gone);
				DELETE FROM billing.journal_entries WHERE id IN (SELECT id FROM gone);
				DELETE FROM billing.journal_seals WHERE entry_id IN (SELECT id FROM gone);` + closeGaps + reseal,
			found: []string{"S1: seal ", " is not authentic: its HMAC does not match"},
		},
		"an invoice and its PDF are rewritten": {
			statements: `UPDATE billing.invoices SET paper = paper || '{"buyer_name": "Mallory"}';
				UPDATE billing.invoices i SET content_hash = billing.paper_hash(i);
				UPDATE billing.invoice_documents SET pdf = pdf || 'x', sha256 = sha256(pdf || 'x')`,
			found: []string{"S1: document ", "S1: pdf ", " was changed after seal "},
		},
		"an invoice is deleted with its PDF": {
			statements: `DELETE FROM billing.invoice_documents; DELETE FROM billing.invoices WHERE kind = 'invoice'`,
			found:      []string{"S1: document ", "S1: pdf ", " was deleted after seal ", "S2: line "},
		},
		"all seals are deleted and the store seals again": {
			statements: `UPDATE billing.journal_postings SET account = 'revenue' WHERE account = 'tax_payable';` + reseal + `
				DELETE FROM billing.seals; DELETE FROM billing.sealed_records;
				INSERT INTO billing.unsealed_records (kind, record_id) SELECT 'document', id FROM billing.invoices`,
			found:    []string{"S2: line 2: seal "},
			recorded: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := original.clone(t)
			r.AsOwner(t, c.statements)
			if c.recorded {
				server, stop := r.Start(t, r.Config(t), false)
				require.NotNil(t, server)
				harness.Eventually(t, "everything is sealed", func() bool {
					return harness.Count(t, r.Store, "billing.unsealed_records") == 0 && harness.Count(t, r.Store, "billing.seals") > 0
				})
				stop()
				sealed, err := verify.Ledger(t.Context(), r.Config(t), "")
				require.NoError(t, err)
				require.Empty(t, sealed[0].Violations, "only the heads tell")
			}
			got := r.violations(t)
			for _, line := range c.found {
				require.Contains(t, got, line)
			}
		})
	}
}

// The store's role adds entries of the present only, of the types that the store posts.
func TestStoreRole_PastOrUnknownEntry_IsRefused(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	insert := func(kind, at string) error {
		return execAsStore(r, `WITH e AS (
				INSERT INTO billing.journal_entries VALUES (gen_random_uuid(), '`+kind+`', 'x', gen_random_uuid(), `+at+`)
				RETURNING id),
			u AS (INSERT INTO billing.journal_unsealed SELECT id FROM e)
			INSERT INTO billing.journal_postings
			SELECT id, n, (ARRAY['revenue', 'refunds'])[n], 'USD', 3 - 2 * n FROM e, generate_series(1, 2) AS n`)
	}
	require.ErrorContains(t, insert("payment", "now() - interval '1 day'"), "more than 15 minutes ago")
	require.ErrorContains(t, insert("payment", "now() - interval '16 minutes'"), "more than 15 minutes ago")
	require.ErrorContains(t, insert("adjustment", "now()"), "journal_entries_source_type_check")
	require.NoError(t, insert("payment", "now() - interval '1 minute'"))
	require.ErrorContains(t, execAsStore(r, `ALTER TABLE billing.journal_entries DISABLE TRIGGER ALL`), "42501")
	require.ErrorContains(t, execAsStore(r, `UPDATE billing.seals SET hash = ''`), "42501")
	require.ErrorContains(t, execAsStore(r, `DELETE FROM billing.sealed_records`), "42501")
}

// An insider re-seals the journal, also with the seals of the tail: the recorded heads do not match.
func resealedJournal(t *testing.T) {
	r := newSealedStore(t)
	r.AsOwner(t, `UPDATE billing.journal_postings SET account = 'revenue' WHERE account = 'tax_payable';`+reseal)
	require.Contains(t, r.violations(t), "S1: seal 1 is not authentic")
	r.AsOwner(t, `DELETE FROM billing.seals; DELETE FROM billing.sealed_records`)
	require.Contains(t, r.violations(t), "S2: line 2: seal ", "line 1 reserves numbers before the first seal")
}

// A head file that proves nothing is an error of one sentence, which names the line.
func TestVerifyHeads_UnusableFile_ReturnsError(t *testing.T) {
	t.Parallel()
	r := newSealedStore(t)
	raw, err := os.ReadFile(r.heads)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(raw), "\n")
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "heads.jsonl")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	fails := func(cfg store.Config, path, says string) {
		t.Helper()
		_, err := verify.Ledger(t.Context(), cfg, path)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "\n")
	}
	cfg := r.Config(t)
	fails(cfg, filepath.Join(t.TempDir(), "absent"), "the head file cannot be read: open ")
	fails(cfg, t.TempDir(), "the head file cannot be read: read ")
	fails(cfg, file(""), "has no heads")
	fails(cfg, file(lines[0]+"nonsense\n"), "it is not a head of a ledger")
	fails(cfg, file(lines[0]+strings.Replace(lines[1], `"sequence":`, `"sequence":1`, 1)),
		"line 2 of heads.jsonl was changed")
	fails(cfg, file(lines[0]+strings.Replace(lines[1], ":", ": ", 1)), "line 2 of ")
	_, err = verify.Ledger(t.Context(), cfg, file(lines[0]+lines[1][:20]))
	require.NoError(t, err, "an interrupted last line is ignored")

	rotated := cfg
	rotated.Ledger.SealKeys = []string{"2027:" + strings.Repeat("b", 43), cfg.Ledger.SealKeys[0]}
	_, err = verify.Ledger(t.Context(), rotated, r.heads)
	require.NoError(t, err, "an older key still verifies")
	rotated.Ledger.SealKeys = rotated.Ledger.SealKeys[:1]
	fails(rotated, r.heads, `line 1 of heads.jsonl cannot be verified: ledger.seal_keys does not list its key "test"`)
	rotated.Ledger.SealKeys = []string{"test:" + strings.Repeat("b", 43)}
	fails(rotated, r.heads, "line 1 of heads.jsonl was changed: its HMAC does not match")
	rotated.Ledger.SealKeys = nil
	fails(rotated, r.heads, "ledger.seal_keys is empty")

	r.AsOwner(t, `UPDATE billing.store_identity SET store_id = gen_random_uuid()`)
	fails(cfg, r.heads, "line 1 of heads.jsonl is of another store, ")
	rotated.Ledger.SealKeys = []string{"test:" + strings.Repeat("b", 43)}
	fails(rotated, r.heads, "is of another store, ")
}
