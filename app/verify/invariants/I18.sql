-- No column contains a card number or an access token, and no final payment or order a payment method.
-- always
SELECT format('%s.%s has %s with a value like %s', hit.schema, hit.tab, hit.col, hit.what) AS violation
FROM (
    SELECT c.table_schema AS schema, c.table_name AS tab, c.column_name AS col, pattern.what,
        (xpath('/row/n/text()', query_to_xml(
            format('SELECT count(*) AS n FROM (SELECT FROM %I.%I WHERE %I::text %s %L AND %I::text ~ %L LIMIT 1) AS x',
                c.table_schema, c.table_name, c.column_name, pattern.test, pattern.part, c.column_name, pattern.text),
            TRUE, TRUE, '')))[1]::text::int AS n
    FROM information_schema.columns c
        JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
            AND t.table_type = 'BASE TABLE',
        (VALUES -- the part is searched for first, because that takes a quarter of the time
            ('a card number', '~', '[3-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{3}',
                '(^|[^0-9A-Za-z_.-])[3-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{3,4}($|[^0-9A-Za-z_.-])'),
            ('an access token', 'LIKE', '%eyJ%', 'eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.')
        ) AS pattern (what, test, part, text)
    WHERE c.table_schema IN ('identity', 'catalog', 'cart', 'checkout', 'billing', 'library', 'river')
        AND c.data_type IN ('text', 'jsonb', 'json', 'character varying', 'ARRAY')) AS hit
WHERE hit.n > 0
UNION ALL
SELECT format('payment %s is %s and still has its method', id, status)
FROM billing.payments
WHERE method IS NOT NULL AND status IN ('captured', 'declined', 'canceled', 'mismatched', 'captured_late')
UNION ALL
SELECT format('order %s is %s and still has its payment method', id, status)
FROM checkout.orders
WHERE method IS NOT NULL AND status NOT IN ('pending', 'processing', 'requires_action')
