-- An order's total is the sum of its lines, of its payment and of its invoice, in one currency.
-- always
SELECT format('order %s is of %s %s, its lines of %s', o.id, o.total, o.currency, lines.total) AS violation
FROM checkout.orders o, LATERAL (SELECT coalesce(sum(l.total), 0) AS total FROM checkout.order_lines l WHERE l.order_id = o.id) AS lines
WHERE o.total <> lines.total
UNION ALL
SELECT format('order %s is of %s %s, payment %s of %s %s', o.id, o.total, o.currency, p.id, p.amount, p.currency)
FROM checkout.orders o JOIN billing.payments p ON p.order_id = o.id
WHERE p.amount <> o.total OR p.currency <> o.currency OR (p.status = 'captured' AND p.provider <> 'none' AND p.captured <> p.amount)
UNION ALL
SELECT format('order %s is of %s %s, its invoice of %s %s', o.id, o.total, o.currency, i.paper ->> 'total', i.paper ->> 'currency')
FROM checkout.orders o
    JOIN (SELECT order_id, paper FROM billing.invoices UNION ALL SELECT order_id, paper FROM billing.invoice_drafts) AS i ON i.order_id = o.id
WHERE (i.paper ->> 'total')::bigint <> o.total OR i.paper ->> 'currency' <> o.currency
