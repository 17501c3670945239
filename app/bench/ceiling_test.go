//go:build bench

package bench_test

import "strings"

// The ceiling script makes the writes of a checkout of two items on the store's schema: one statement per transaction
// of the store, in the same order. IDs are random numbers, so that no statement needs the result of another.

const ceilingSettings = `\set n :n + 1
\set a random(1, 9000000000000000)
\set b random(1, 9000000000000000)
`

const ceilingStatements = `WITH placed AS (
  INSERT INTO checkout.orders (id, account_id, number, status, currency, subtotal, discount, tax, total, attempt,
    method, quoted_at, attempted_at, advancing_until, version, created_at, updated_at, country, tax_included)
  VALUES (@order, @cart, 'CS-' || :a || '-' || :b, 'pending', 'EUR', 200, 0, 33, 200, 1, 'pm_ok',
    now(), @now, now(), 1, @now, now(), 'AT', TRUE)),
 history AS (
  INSERT INTO checkout.order_history (order_id, at, status, request_id)
  VALUES (@order, now(), 'pending', @order::text)),
 lines AS (
  INSERT INTO checkout.order_lines (id, order_id, position, cart_line_id, sellable_id, bundle, title, quantity,
    price_version, unit, discount, tax, total, gives)
  SELECT @line, @order, k, gen_random_uuid(), @cart, FALSE, 'Bench Gem', 1, 1, 100, 0, 16 + k % 2, 100, @gives
  FROM generate_series(1, 2) AS k)
 INSERT INTO checkout.attempts (order_id, attempt, account_id, idempotency_key, body_hash, created_at)
 VALUES (@order, 1, @cart, @order::text, sha256('body'), now());
WITH paid AS (
  INSERT INTO billing.payments (id, order_id, attempt, account_id, amount, currency, status, method, provider,
    decline_code, brand, last4, action_type, action_url, paper, created_at, updated_at)
  VALUES (@order, @order, 1, @cart, 200, 'EUR', 'requested', 'pm_ok', 'mockpay', '', '', '', '', '', @paper,
    now(), @now))
 INSERT INTO billing.history (order_id, at, what, result, request_id)
 VALUES (@order, now(), 'payment.requested', 'requested', @order::text);
WITH captured AS (
  UPDATE billing.payments SET status = 'captured', method = NULL, provider_ref = @order::text, brand = 'visa',
    last4 = '4242', captured = 200, paper = NULL, updated_at = now()
  WHERE id = @order),
 entry AS (
  INSERT INTO billing.journal_entries (id, source_type, source_id, order_id, at)
  VALUES (@order, 'payment', @order::text, @order, now())),
 unsealed AS (INSERT INTO billing.journal_unsealed (entry_id) VALUES (@order)),
 postings AS (
  INSERT INTO billing.journal_postings (entry_id, position, account, currency, amount)
  VALUES (@order, 1, 'provider_clearing', 'EUR', 200), (@order, 2, 'revenue', 'EUR', -167),
    (@order, 3, 'tax_payable', 'EUR', -33)),
 draft AS (
  INSERT INTO billing.invoice_drafts (id, kind, order_id, payment_id, account_id, seller, paper, captured_at)
  VALUES (@order, 'invoice', @order, @order, @cart, '{"name": "Seller", "country": "AT"}', @paper, now()))
 INSERT INTO billing.history (order_id, at, what, result, request_id)
 VALUES (@order, now(), 'provider.charge', 'captured', @order::text);
INSERT INTO library.entitlements (id, account_id, product_id, order_id, line_id, consumable, quantity, granted_at)
  SELECT gen_random_uuid(), @cart, gen_random_uuid(), @order, @line, TRUE, 1, now() FROM generate_series(1, 2) AS k;
WITH cleared AS (
  DELETE FROM cart.lines WHERE id IN (
    (lpad(:client_id::text, 16, '0') || lpad((2 * :n)::text, 16, '0'))::uuid,
    (lpad(:client_id::text, 16, '0') || lpad((2 * :n + 1)::text, 16, '0'))::uuid))
 UPDATE cart.carts SET version = version + 1 WHERE id = @cart;
WITH saved AS (
  UPDATE checkout.orders SET status = 'completed', method = NULL, paid_at = now(), advancing_until = NULL,
    version = version + 1 WHERE id = @order)
 INSERT INTO checkout.order_history (order_id, at, status, request_id)
 VALUES (@order, now(), 'paid', @order::text), (@order, now(), 'completed', @order::text);
`

var ceilingNames = strings.NewReplacer(
	"@order", "(lpad(to_hex(:a::bigint), 16, '0') || lpad(to_hex(:b::bigint), 16, '0'))::uuid",
	"@line", "(lpad(to_hex(:a::bigint), 16, '0') || lpad(to_hex(:b::bigint + k), 16, '1'))::uuid",
	"@now", "now()", // dupword reports a repeated now()
	"@cart", "lpad(:client_id::text, 32, '0')::uuid",
	"@gives", `'[{"id": "00000000-0000-0000-0000-000000000001", "title": "Bench Gem", "kind": "consumable",`+
		` "total": 100, "tax": 16, "gross": 100, "discount": 0, "rate": 2000}]'`,
	"@paper", `'{"order_number": "CS-0123456789", "buyer_name": "Bench Buyer", "buyer_email": "bench@example.com",`+
		` "buyer_country": "AT", "buyer_language": "en", "tax_included": true, "currency": "EUR",`+
		` "subtotal": 200, "discount": 0, "tax": 33, "total": 200, "lines": [`+
		`{"title": "Bench Gem", "quantity": 1, "unit": 100, "tax": 16, "total": 100},`+
		` {"title": "Bench Gem", "quantity": 1, "unit": 100, "tax": 17, "total": 100}]}'`,
)

var (
	ceilingApart = ceilingSettings + ceilingNames.Replace(ceilingStatements)
	ceilingWhole = ceilingSettings + "BEGIN;\n" + ceilingNames.Replace(ceilingStatements) + "COMMIT;\n"
)
