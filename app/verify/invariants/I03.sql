-- Each captured payment has one order, one invoice and one journal entry of the captured amount.
-- drained
SELECT format('payment %s of order %s has %s orders and %s invoices', p.id, p.order_id, orders.n, invoices.n)
    AS violation
FROM billing.payments p,
    LATERAL (SELECT count(*) AS n FROM checkout.orders o WHERE o.id = p.order_id) AS orders,
    LATERAL (
        SELECT (SELECT count(*) FROM billing.invoices i WHERE i.payment_id = p.id AND i.kind = 'invoice')
            + (SELECT count(*) FROM billing.invoice_drafts d WHERE d.payment_id = p.id AND d.kind = 'invoice') AS n
    ) AS invoices
WHERE p.status = 'captured' AND (orders.n <> 1 OR invoices.n <> 1)
UNION ALL
SELECT format('invoice %s is of payment %s, which is not captured', i.id, i.payment_id)
FROM (
    SELECT id, payment_id, kind FROM billing.invoices
    UNION ALL SELECT id, payment_id, kind FROM billing.invoice_drafts) AS i
WHERE i.kind = 'invoice'
    AND NOT EXISTS (SELECT FROM billing.payments p WHERE p.id = i.payment_id AND p.status = 'captured')
UNION ALL
SELECT format('payment %s captured %s %s, and the journal says %s %s',
    p.id, p.captured, p.currency, coalesce(booked.n, 0), p.currency)
FROM billing.payments p
    LEFT JOIN LATERAL (
        SELECT sum(x.amount) AS n
        FROM billing.journal_entries e JOIN billing.journal_postings x ON x.entry_id = e.id
        WHERE x.account IN ('provider_clearing', 'provider_fees')
            AND ((e.source_type = 'payment' AND e.source_id = p.id::text)
                OR (e.source_type = 'resolution' AND split_part(e.source_id, '#', 1) = p.id::text))
    ) AS booked ON TRUE
WHERE p.captured <> coalesce(booked.n, 0)
