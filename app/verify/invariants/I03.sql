-- Each captured payment has one order, one invoice and one journal entry of the captured amount.
-- drained
WITH invoices AS MATERIALIZED (
        SELECT id, payment_id FROM billing.invoices WHERE kind = 'invoice'
        UNION ALL SELECT id, payment_id FROM billing.invoice_drafts WHERE kind = 'invoice'),
    invoiced AS (SELECT payment_id, count(*) AS n FROM invoices GROUP BY payment_id),
    booked AS (
        SELECT CASE e.source_type WHEN 'payment' THEN e.source_id ELSE split_part(e.source_id, '#', 1) END AS payment_id,
            sum(x.amount) AS n
        FROM billing.journal_entries e JOIN billing.journal_postings x ON x.entry_id = e.id
        WHERE x.account IN ('provider_clearing', 'provider_fees') AND e.source_type IN ('payment', 'resolution')
        GROUP BY 1)
SELECT format('payment %s of order %s has %s orders and %s invoices',
    p.id, p.order_id, count(o.id), coalesce(max(i.n), 0)) AS violation
FROM billing.payments p
    LEFT JOIN checkout.orders o ON o.id = p.order_id
    LEFT JOIN invoiced i ON i.payment_id = p.id
WHERE p.status = 'captured'
GROUP BY p.id, p.order_id
HAVING count(o.id) <> 1 OR coalesce(max(i.n), 0) <> 1
UNION ALL
SELECT format('invoice %s is of payment %s, which is not captured', i.id, i.payment_id)
FROM invoices i LEFT JOIN billing.payments p ON p.id = i.payment_id AND p.status = 'captured'
WHERE p.id IS NULL
UNION ALL
SELECT format('payment %s captured %s %s, and the journal says %s %s',
    p.id, p.captured, p.currency, coalesce(booked.n, 0), p.currency)
FROM billing.payments p LEFT JOIN booked ON booked.payment_id = p.id::text
WHERE p.captured <> coalesce(booked.n, 0)
