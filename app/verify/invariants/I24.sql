-- The journal has a dispute's entries if and only if the dispute exists, and each payment's tax as on its invoice.
-- always
WITH booked AS (
        SELECT split_part(e.source_id, '#', 1) AS dispute_id, max(split_part(e.source_id, '#', 2)::int) AS turns,
            min(e.order_id::text) AS order_id
        FROM billing.journal_entries e
        WHERE e.source_type = 'dispute'
        GROUP BY 1),
    taxed AS (
        SELECT split_part(e.source_id, '#', 1) AS payment_id, -sum(x.amount) AS tax, min(x.currency) AS currency
        FROM billing.journal_entries e JOIN billing.journal_postings x ON x.entry_id = e.id
        WHERE e.source_type IN ('payment', 'resolution') AND x.account = 'tax_payable'
        GROUP BY 1)
SELECT format('the journal has entries of dispute %s of order %s, and there is no such dispute', b.dispute_id, b.order_id)
    AS violation
FROM booked b
WHERE NOT EXISTS (SELECT FROM billing.disputes d WHERE d.id::text = b.dispute_id)
UNION ALL
SELECT format('the journal has %s turns of dispute %s, and the dispute has %s', b.turns, d.id, d.turns)
FROM booked b JOIN billing.disputes d ON d.id::text = b.dispute_id
WHERE b.turns <> d.turns
UNION ALL
SELECT format('the journal has a tax of %s %s for payment %s, and its invoice has %s',
    t.tax, t.currency, t.payment_id, coalesce((i.paper ->> 'tax') || ' ' || (i.paper ->> 'currency'), 'none'))
FROM taxed t LEFT JOIN (
    SELECT payment_id, paper FROM billing.invoices WHERE kind = 'invoice'
    UNION ALL SELECT payment_id, paper FROM billing.invoice_drafts WHERE kind = 'invoice') AS i
    ON i.payment_id::text = t.payment_id
WHERE t.tax <> coalesce((i.paper ->> 'tax')::bigint, 0)
