-- Each buyer has ten orders, of one game each, all different. The payments have no provider: they cannot be refunded.
CREATE TEMPORARY TABLE generated ON COMMIT DROP AS
SELECT n, at, cents, round(cents / 6.0)::bigint AS tax, title, 'CS-M' || lpad(n::text, 10, '0') AS number, buyer,
    pg_temp.row_id(2, buyer, pg_temp.created_at(buyer)) AS account_id,
    pg_temp.row_id(1, product, pg_temp.created_at(product)) AS product_id,
    pg_temp.row_id(3, n, at) AS order_id, pg_temp.row_id(4, n, at) AS line_id,
    pg_temp.row_id(5, n, at) AS payment_id, pg_temp.row_id(6, n, at) AS entry_id
FROM (
    SELECT n, buyer, product, pg_temp.ordered_at(n) AS at, pg_temp.price(product) AS cents,
        'Made Up ' || product AS title
    FROM (
        SELECT n, (n - 1) / 10 AS buyer, 1 + ((n - 1) / 10 * 7919 + (n - 1) % 10) % @products AS product
        FROM generate_series(@first, @last) AS n) AS numbers) AS orders;

INSERT INTO identity.accounts (id, email, handle, display_name, password_hash, roles, version, created_at)
SELECT DISTINCT account_id, 'made-up-' || buyer || '@example.com', 'made-up-' || buyer, 'Made Up ' || buyer, '',
    ARRAY['customer'], 1, pg_temp.created_at(buyer)
FROM generated;

INSERT INTO checkout.orders (id, account_id, number, status, currency, subtotal, discount, tax, total, attempt,
    quoted_at, attempted_at, version, created_at, updated_at, country, tax_included, paid_at)
SELECT order_id, account_id, number, 'completed', '@currency', cents, 0, tax, cents, 1,
    at, at, 3, at, at, 'AT', TRUE, at
FROM generated;

INSERT INTO checkout.order_history (order_id, at, status, request_id)
SELECT order_id, at, status, ''
FROM generated, unnest(ARRAY['pending', 'paid', 'completed']) AS status
ORDER BY n;

INSERT INTO checkout.order_lines (id, order_id, position, cart_line_id, sellable_id, bundle, title, quantity,
    price_version, unit, discount, tax, total, gives)
SELECT line_id, order_id, 1, pg_temp.row_id(7, n, at), product_id, FALSE, title, 1,
    1, cents, 0, tax, cents,
    jsonb_build_array(jsonb_build_object('id', product_id, 'title', title, 'kind', 'game',
        'gross', cents, 'discount', 0, 'tax', tax, 'total', cents, 'rate', 2000))
FROM generated;

INSERT INTO checkout.attempts (order_id, attempt, account_id, idempotency_key, body_hash, created_at)
SELECT order_id, 1, account_id, 'made-up-' || n, sha256(convert_to(number, 'UTF8')), at FROM generated;

INSERT INTO billing.payments (id, order_id, attempt, account_id, amount, currency, status, provider,
    decline_code, brand, last4, action_type, action_url, captured, created_at, updated_at)
SELECT payment_id, order_id, 1, account_id, cents, '@currency', 'captured', 'none', '', '', '', '', '', cents, at, at
FROM generated;

INSERT INTO billing.history (order_id, at, what, result, request_id)
SELECT order_id, at, 'payment.requested', 'captured', '' FROM generated ORDER BY n;

INSERT INTO billing.journal_entries (id, source_type, source_id, order_id, at)
SELECT entry_id, 'payment', payment_id::text, order_id, at FROM generated;

INSERT INTO billing.journal_postings (entry_id, position, account, currency, amount)
SELECT entry_id, position, account, '@currency', amount
FROM generated,
    LATERAL (VALUES (1, 'provider_clearing', cents), (2, 'revenue', tax - cents), (3, 'tax_payable', -tax))
        AS postings (position, account, amount);

INSERT INTO billing.journal_unsealed (entry_id) SELECT entry_id FROM generated;

INSERT INTO billing.invoices
SELECT (i).id, (i).order_id, (i).payment_id, (i).account_id, (i).series, (i).number, (i).paper, (i).captured_at,
    (i).issued_at, (i).kind, (i).seller, (i).preceding_id, billing.paper_hash(i)
FROM (
    SELECT ROW(payment_id, order_id, payment_id, account_id, 'MADE-UP', n,
        jsonb_build_object('order_number', number, 'buyer_name', 'Made Up ' || buyer,
            'buyer_email', 'made-up-' || buyer || '@example.com', 'buyer_country', 'AT', 'buyer_language', 'en',
            'tax_included', TRUE, 'currency', '@currency',
            'subtotal', cents, 'discount', 0, 'tax', tax, 'total', cents,
            'lines', jsonb_build_array(jsonb_build_object('line_id', line_id, 'title', title,
                'quantity', 1, 'unit', cents, 'discount', 0, 'tax', tax, 'total', cents,
                'parts', jsonb_build_array(jsonb_build_object('product_id', product_id, 'title', title,
                    'discount', 0, 'tax', tax, 'total', cents, 'rate', 2000))))),
        at, at, 'invoice', '@seller'::jsonb, NULL, ''::bytea)::billing.invoices AS i
    FROM generated) AS drafts;

INSERT INTO library.entitlements (id, account_id, product_id, order_id, line_id, consumable, quantity, granted_at)
SELECT pg_temp.row_id(8, n, at), account_id, product_id, order_id, line_id, FALSE, 1, at FROM generated;
