-- A captured payment has exactly one order and one invoice.
-- drained
SELECT format('payment %s of order %s has %s orders and %s invoices', p.id, p.order_id, orders.n, papers.n) AS violation
FROM billing.payments p,
    LATERAL (SELECT count(*) AS n FROM checkout.orders o WHERE o.id = p.order_id) AS orders,
    LATERAL (SELECT (SELECT count(*) FROM billing.invoices i WHERE i.payment_id = p.id)
        + (SELECT count(*) FROM billing.invoice_drafts d WHERE d.payment_id = p.id) AS n) AS papers
WHERE p.status = 'captured' AND (orders.n <> 1 OR papers.n <> 1)
UNION ALL
SELECT format('invoice %s is of payment %s, which is not captured', i.id, i.payment_id)
FROM (SELECT id, payment_id FROM billing.invoices UNION ALL SELECT id, payment_id FROM billing.invoice_drafts) AS i
WHERE NOT EXISTS (SELECT FROM billing.payments p WHERE p.id = i.payment_id AND p.status = 'captured')
