-- An order's total and tax equal the sums of its lines and their parts, its payment and its invoice, in one currency.
-- always
SELECT format('order %s is of %s %s, its lines of %s %s', o.id, o.total, o.currency, lines.total, o.currency)
    AS violation
FROM checkout.orders o,
    LATERAL (SELECT coalesce(sum(l.total), 0) AS total FROM checkout.order_lines l WHERE l.order_id = o.id) AS lines
WHERE o.total <> lines.total
UNION ALL
SELECT format('line %s of order %s is of %s %s with a tax of %s %s, its parts of %s %s with a tax of %s %s',
    l.id, o.id, l.total, o.currency, l.tax, o.currency, parts.total, o.currency, parts.tax, o.currency)
FROM checkout.order_lines l JOIN checkout.orders o ON o.id = l.order_id,
    LATERAL (
        SELECT sum((g ->> 'total')::bigint) AS total, sum((g ->> 'tax')::bigint) AS tax,
            sum((g ->> 'discount')::bigint) AS discount
        FROM jsonb_array_elements(l.gives) AS g) AS parts
WHERE l.total <> parts.total OR l.tax <> parts.tax OR l.discount <> parts.discount
UNION ALL
SELECT format('order %s has a tax of %s %s, its lines of %s %s', o.id, o.tax, o.currency, lines.tax, o.currency)
FROM checkout.orders o,
    LATERAL (SELECT coalesce(sum(l.tax), 0) AS tax FROM checkout.order_lines l WHERE l.order_id = o.id) AS lines
WHERE o.tax <> lines.tax
UNION ALL
SELECT format('order %s is of %s %s, payment %s of %s %s', o.id, o.total, o.currency, p.id, p.amount, p.currency)
FROM checkout.orders o JOIN billing.payments p ON p.order_id = o.id
WHERE (p.attempt = o.attempt OR p.status = 'captured') -- an earlier attempt may have had other prices
    AND (p.amount <> o.total OR p.currency <> o.currency
        OR (p.status = 'captured' AND p.provider <> 'none' AND p.captured + p.difference <> p.amount))
UNION ALL
SELECT format('order %s is of %s %s, its invoice of %s %s',
    o.id, o.total, o.currency, i.paper ->> 'total', i.paper ->> 'currency')
FROM checkout.orders o
    JOIN (
        SELECT order_id, paper FROM billing.invoices WHERE kind = 'invoice'
        UNION ALL SELECT order_id, paper FROM billing.invoice_drafts WHERE kind = 'invoice') AS i ON i.order_id = o.id
WHERE (i.paper ->> 'total')::bigint <> o.total OR i.paper ->> 'currency' <> o.currency
    OR (i.paper ->> 'tax')::bigint <> o.tax
