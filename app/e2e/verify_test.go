package e2e_test

import (
	"bytes"
	"context"
	"net/http"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/verify"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// violating has statements that violate each invariant. Each statement alone must be found.
var violating = map[string][]string{
	"I1": {
		`UPDATE billing.journal_postings SET amount = amount + 1 WHERE account = 'revenue'`,
		`DELETE FROM billing.journal_postings`,
	},
	"I2": {
		`UPDATE billing.journal_postings SET amount = amount + 1 WHERE account = 'revenue'`,
		`DELETE FROM billing.journal_entries`,
	},
	"I3": {
		`DELETE FROM billing.invoice_documents; DELETE FROM billing.invoices; DELETE FROM billing.invoice_drafts`,
		`UPDATE billing.payments SET status = 'mismatched' WHERE status = 'captured'`,
		`DELETE FROM billing.journal_entries WHERE source_type = 'payment'`,
		`UPDATE billing.journal_postings SET amount = amount + 1 WHERE account = 'provider_fees'`,
	},
	"I4": {`UPDATE billing.payments SET status = 'declined'`},
	"I5": {`SELECT 1`}, // the provider gets a second charge
	"I6": {
		`UPDATE billing.payments SET captured = captured - 1 WHERE captured > returned`,
		`UPDATE billing.refunds SET amount = amount - 1`,
	},
	"I7": {
		`UPDATE checkout.order_lines SET price_version = price_version + 7`,
		`INSERT INTO catalog.price_withdrawals SELECT sellable_id, currency, version, now() FROM catalog.price_versions`,
		`INSERT INTO catalog.price_versions
			SELECT sellable_id, currency, version + 7, amount, valid_from, created_at - interval '1 hour'
			FROM catalog.price_versions`,
	},
	"I8": {
		`UPDATE checkout.orders SET total = total + 1, subtotal = subtotal + 1`, `UPDATE checkout.orders SET tax = tax + 1`,
		`UPDATE billing.invoices SET paper = paper || '{"tax": 1}'`, `UPDATE billing.payments SET currency = 'USD'`,
		`UPDATE checkout.order_lines SET gives = jsonb_set(gives, '{0,tax}', '1')`,
	},
	"I9": {
		`ALTER TABLE billing.payments DROP CONSTRAINT payments_returned_at_most;
			UPDATE billing.payments SET returned = captured + 1`,
		`UPDATE billing.refunds SET amount = amount + 1`,
		`UPDATE billing.refunds SET lines = jsonb_set(lines, '{0,amount}', '999999'), amount = 999999`,
	},
	"I10": {
		`UPDATE library.entitlements SET ended_at = now(), end_reason = 'refund' WHERE ended_at IS NULL`,
		`UPDATE library.entitlements SET ended_at = NULL, end_reason = ''`,
		`UPDATE library.entitlements SET refunded = 1 WHERE consumable`,
		`UPDATE library.entitlements SET refunded = 3 WHERE consumable`,
		`UPDATE library.entitlements SET suspended_at = now()`,
		`INSERT INTO billing.disputes SELECT gen_random_uuid(), id, order_id, account_id, provider, 'dp', 1, currency,
			'opened', 1, created_at, now(), updated_at FROM billing.payments`,
	},
	"I11": {
		`UPDATE billing.invoices SET number = number + 1 WHERE kind = 'invoice'`,
		`UPDATE billing.invoices SET number = number + 1 WHERE kind = 'credit_note'`,
	},
	"I12": {
		`DELETE FROM billing.invoices WHERE kind = 'credit_note'`,
		`DELETE FROM billing.journal_entries WHERE source_type = 'refund'`,
		`UPDATE billing.refunds SET status = 'failed'`,
		`UPDATE billing.invoices SET paper = paper || '{"total": 1}' WHERE kind = 'credit_note'`,
		`UPDATE billing.invoices SET paper = paper || '{"tax": 1}' WHERE kind = 'credit_note'`,
	},
	"I13": {`DROP INDEX checkout.order_lines_held; UPDATE checkout.order_lines
		SET cart_line_id = (SELECT cart_line_id FROM checkout.order_lines LIMIT 1)`},
	"I14": {`DROP INDEX identity.refresh_tokens_active; INSERT INTO identity.refresh_tokens (hash, session_id, issued_at)
		SELECT 'x'::bytea, session_id, now() FROM identity.refresh_tokens WHERE used_at IS NULL LIMIT 1`},
	"I15": {`UPDATE checkout.orders SET status = 'processing', attempted_at = now() - interval '16 minutes'`},
	"I16": {
		`UPDATE identity.accounts SET erased_at = now(), email = NULL, handle = NULL`,
		erasedExcept + `UPDATE billing.payments SET last4 = '4242'`,
		erasedExcept + `UPDATE billing.refunds SET reason = 'my name is Eve'`,
		erasedExcept + `UPDATE library.entitlements SET ended_at = NULL, end_reason = ''`,
		erasedExcept + `UPDATE identity.accounts SET email_form = 'eve@example.com' WHERE erased_at IS NOT NULL`,
		erasedExcept + `INSERT INTO identity.known_networks
			SELECT id, '192.0.2.1', now() FROM identity.accounts WHERE erased_at IS NOT NULL`,
		erasedExcept + `INSERT INTO identity.known_devices
			SELECT id, 'x', now() FROM identity.accounts WHERE erased_at IS NOT NULL`,
		erasedExcept + `INSERT INTO identity.links
			SELECT id, decode(md5(id::text), 'hex'), 'reset', id, '', 'eve@example.com', now()
			FROM identity.accounts WHERE erased_at IS NOT NULL`,
	},
	"I17": {
		`GRANT UPDATE ON billing.invoices TO coinslot_app`, `GRANT DELETE ON billing.journal_postings TO coinslot_app`,
		`GRANT UPDATE ON billing.journal_seals TO coinslot_app`, `GRANT DELETE ON billing.sealed_records TO coinslot_app`,
		`GRANT UPDATE ON billing.seals TO coinslot_app`, `GRANT DELETE ON catalog.price_withdrawals TO coinslot_app`,
	},
	"I18": {`UPDATE identity.accounts SET display_name = 'pays with 4242 4242 4242 4242'`},
	"I20": {`UPDATE checkout.orders SET status = 'canceled'`},
	"I21": {
		`INSERT INTO billing.disputes SELECT gen_random_uuid(), id, order_id, account_id, provider, 'dp', 1, currency,
			'opened', 1, created_at, now(), updated_at FROM billing.payments`,
		`UPDATE billing.journal_postings SET amount = amount - 1 WHERE account = 'tax_payable'`,
	},
	"I22": {
		`INSERT INTO library.erased_accounts SELECT id, now() FROM identity.accounts`,
		`INSERT INTO billing.erased_accounts SELECT id, now() FROM identity.accounts;
			UPDATE billing.payments SET brand = '', last4 = ''`,
		`INSERT INTO billing.erased_accounts SELECT id, now() FROM identity.accounts;
			UPDATE billing.refunds SET reason = ''`,
		`INSERT INTO cart.erased_accounts SELECT id, now() FROM identity.accounts`,
	},
	"I24": {
		`INSERT INTO billing.journal_entries
			SELECT gen_random_uuid(), 'dispute', gen_random_uuid() || '#1', order_id, now() FROM billing.payments`,
		`WITH d AS (
				INSERT INTO billing.disputes SELECT gen_random_uuid(), id, order_id, account_id, provider, 'dp', 1, currency,
					'won', 2, created_at, now(), updated_at FROM billing.payments RETURNING id, order_id)
			INSERT INTO billing.journal_entries SELECT gen_random_uuid(), 'dispute', id || '#1', order_id, now() FROM d`,
		`UPDATE billing.invoices SET paper = jsonb_set(paper, '{tax}', '1') WHERE kind = 'invoice'`,
		`DELETE FROM billing.invoice_documents; DELETE FROM billing.invoices WHERE kind = 'invoice'`,
	},
	"I25": {
		`DELETE FROM billing.sealed_records WHERE kind = 'document'`,
		`DELETE FROM billing.sealed_records WHERE kind = 'pdf'`,
		`INSERT INTO billing.disputes SELECT gen_random_uuid(), id, order_id, account_id, provider, 'dp', 1, currency,
				'opened', 1, created_at, now(), updated_at FROM billing.payments;
			DELETE FROM billing.unsealed_records`,
	},
	"I23": {`DELETE FROM library.entitlements WHERE ended_at IS NULL`},
	"I26": {
		`INSERT INTO billing.payouts
			VALUES (gen_random_uuid(), 'mockpay', 'po', 1, 'USD', 'paid', 1, now(), now())`,
		bookedByHand("payout"), bookedByHand("manual"),
		`INSERT INTO billing.manual_entries VALUES (gen_random_uuid(), gen_random_uuid(), 'k', '', 'bank',
			'provider_clearing', 1, 'USD', 'x', 'approved', gen_random_uuid(), now(), now())`,
	},
	"I27": {
		bookedByHand("fee"),
		`UPDATE billing.journal_postings SET amount = amount + 1 WHERE account = 'provider_clearing'`,
		`UPDATE billing.journal_postings SET account = 'bank' WHERE account = 'provider_clearing'`,
	},
	"I28": {
		`DELETE FROM billing.daily_balances`,
		`UPDATE billing.daily_balances SET amount = amount + 1`,
		`UPDATE billing.journal_postings SET account = 'refunds' WHERE account = 'revenue'`,
	},
	"I29": {`DELETE FROM billing.journal_unsealed; DELETE FROM billing.journal_seals`},
	"I19": {
		`UPDATE billing.journal_postings SET account = 'refunds' WHERE account = 'revenue'`,
		`UPDATE billing.journal_entries SET at = at + interval '1 day'`,
		`DELETE FROM billing.journal_entries WHERE id IN (SELECT entry_id FROM billing.journal_seals WHERE position = 1)`,
		`DELETE FROM billing.journal_seals WHERE position = 1`,
		`UPDATE billing.invoices SET paper = paper || '{"buyer_name": "Mallory"}'`,
		`UPDATE billing.invoices SET issued_at = issued_at + interval '1 day'`,
		`UPDATE billing.invoice_documents SET pdf = pdf || 'x'`,
	},
}

// bookedByHand books a cent that left the provider, with a source that does not exist.
func bookedByHand(source string) string {
	return `WITH entry AS (INSERT INTO billing.journal_entries
			VALUES (gen_random_uuid(), '` + source + `', gen_random_uuid(), '00000000-0000-0000-0000-000000000000', now())
			RETURNING id)
		INSERT INTO billing.journal_postings SELECT id, 1, 'bank', 'USD', 1 FROM entry
		UNION ALL SELECT id, 2, 'provider_clearing', 'USD', -1 FROM entry`
}

// erasedExcept erases every account completely. The statement after it restores one piece of data.
const erasedExcept = `UPDATE identity.accounts SET erased_at = now(), email = NULL, handle = NULL, display_name = '',
		password_hash = '', country = NULL, language = NULL;
	DELETE FROM identity.sessions;
	UPDATE billing.payments SET brand = '', last4 = '', paper = NULL;
	UPDATE billing.refunds SET reason = '';
	UPDATE library.entitlements SET ended_at = now(), end_reason = 'erasure';
	DELETE FROM cart.lines;
	DELETE FROM cart.carts; `

func TestInvariants_PlantedViolation_IsFound(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	items := []string{buyer.Add("tidewright"), buyer.Add("star-orchard"), buyer.AddUnits("dragon-treat", 3)}
	order := buyer.Keyed("/v1/checkouts", harness.NewKey(), buyer.Purchase("pm_ok", items...)).Is(http.StatusCreated)
	requireInvoice(t, buyer, order)
	lines := order.Items("lines")
	buyer.Refund(order.Text("id"), harness.Object{"items": []any{
		harness.Object{"line_id": lines[0]["id"]}, harness.Object{"line_id": lines[2]["id"], "quantity": 2},
	}}).Is(http.StatusCreated)
	harness.Eventually(t, "all documents are numbered and all entries sealed", func() bool {
		return harness.Count(t, r, "billing.invoices WHERE kind = 'credit_note'") == 1 &&
			harness.Count(t, r, "billing.journal_unsealed") == 0
	})
	r.VerifyInvariants(t)

	all, err := verify.Invariants()
	require.NoError(t, err)
	require.Len(t, violating, len(all), "each invariant has a statement that violates it")
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	for _, inv := range all {
		if inv.Name == "I5" {
			r.ChargeAgain(t, order.Text("id"))
		}
		exec := func(statement string) {
			_, err := conn.Exec(t.Context(), statement)
			require.NoError(t, err, inv.Name)
		}
		for _, statement := range violating[inv.Name] {
			exec("BEGIN")
			exec("SET CONSTRAINTS ALL DEFERRED")
			exec(statement)
			got, err := inv.Check(t.Context(), conn, r.Provider())
			require.NoError(t, err)
			require.NotEmpty(t, got, "%s: %s: %s", inv.Name, inv.Promise, statement)
			exec("ROLLBACK")
		}
	}
}

func TestReport_ListsViolations(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.Equal(t, 2, verify.Report(&out, []verify.Finding{
		{Invariant: verify.Invariant{Name: "I1", Promise: "All is well."}},
		{Invariant: verify.Invariant{Name: "I2", Promise: "Nothing is."}, Violations: []string{"this", "that"}},
	}))
	require.Contains(t, out.String(), "I2  2 VIOLATED  Nothing is.")
	require.Contains(t, out.String(), "that")
	require.Contains(t, out.String(), "2 invariants checked at")
}

func TestErasedAccount_LeavesNoPersonalData(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Keyed("/v1/checkouts", harness.NewKey(),
		buyer.Purchase("pm_ok", buyer.Add("tidewright"))).Is(http.StatusCreated)
	requireInvoice(t, buyer, order)
	buyer.Add("star-orchard")
	buyer.Delete("/v1/me", harness.Object{"password": harness.TestPassword}).Is(http.StatusNoContent)
	harness.Eventually(t, "no invariant is violated", func() bool {
		found, err := verify.Run(t.Context(), r.Database.OwnerURL, r.Provider())
		require.NoError(t, err)
		violations := 0
		for _, f := range found {
			violations += len(f.Violations)
		}
		return violations == 0
	})
}
