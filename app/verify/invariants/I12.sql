-- Each succeeded refund of a sale has one credit note and one journal entry, of its amount and tax; nothing else has.
-- drained
WITH notes AS (
        SELECT id, payment_id, paper, preceding_id FROM billing.invoices WHERE kind = 'credit_note'
        UNION ALL SELECT id, payment_id, paper, preceding_id FROM billing.invoice_drafts WHERE kind = 'credit_note'),
    booked AS (
        SELECT e.source_id, -sum(x.amount) FILTER (WHERE x.account = 'provider_clearing') AS amount,
            coalesce(sum(x.amount) FILTER (WHERE x.account = 'tax_payable'), 0) AS tax,
            coalesce(sum(x.amount) FILTER (WHERE x.account IN ('refunds', 'tax_payable')), 0) AS sold,
            min(x.currency) AS currency
        FROM billing.journal_entries e JOIN billing.journal_postings x ON x.entry_id = e.id
        WHERE e.source_type = 'refund'
        GROUP BY e.source_id)
SELECT format('refund %s of %s %s has a credit note of %s', r.id, r.amount, r.currency,
    coalesce((n.paper ->> 'total') || ' ' || (n.paper ->> 'currency'), 'nothing')) AS violation
FROM billing.refunds r JOIN billing.payments p ON p.id = r.payment_id LEFT JOIN notes n ON n.id = r.id,
    LATERAL (SELECT sum((l ->> 'amount')::bigint) AS total FROM jsonb_array_elements(r.lines) AS l) AS lines
WHERE r.status = 'succeeded' AND p.status = 'captured'
    AND (CASE WHEN n.id IS NULL THEN lines.total IS NOT NULL
        ELSE (n.paper ->> 'total')::bigint <> coalesce(lines.total, r.amount) OR n.paper ->> 'currency' <> r.currency
            OR n.preceding_id <> p.id END)
UNION ALL
SELECT format('credit note %s has no succeeded refund', n.id)
FROM notes n
WHERE NOT EXISTS (SELECT FROM billing.refunds r WHERE r.id = n.id AND r.status = 'succeeded')
UNION ALL
SELECT format('refund %s is of %s %s, and the journal says %s %s',
    r.id, r.amount, r.currency, coalesce(b.amount, 0), r.currency)
FROM billing.refunds r LEFT JOIN booked b ON b.source_id = r.id::text
WHERE r.status = 'succeeded' AND r.amount <> coalesce(b.amount, 0)
UNION ALL
SELECT format('the journal says that refund %s is of %s %s, and it has not succeeded',
    b.source_id, b.amount, b.currency)
FROM booked b
WHERE NOT EXISTS (SELECT FROM billing.refunds r WHERE r.id::text = b.source_id AND r.status = 'succeeded')
UNION ALL
SELECT format('credit note %s has a tax of %s %s, and the journal says %s %s',
    n.id, n.paper ->> 'tax', n.paper ->> 'currency', b.tax, b.currency)
FROM notes n JOIN booked b ON b.source_id = n.id::text
WHERE (n.paper ->> 'tax')::bigint <> b.tax
UNION ALL
SELECT format('credit note %s is of %s %s, and the journal deducts %s %s from the sale',
    n.id, n.paper ->> 'total', n.paper ->> 'currency', b.sold, b.currency)
FROM notes n JOIN booked b ON b.source_id = n.id::text
WHERE (n.paper ->> 'total')::bigint <> b.sold
UNION ALL
SELECT format('the credit notes of invoice %s sum to %s %s, and it is of %s %s',
    i.id, sum((n.paper ->> 'total')::bigint), i.paper ->> 'currency', i.paper ->> 'total', i.paper ->> 'currency')
FROM notes n JOIN billing.invoices i ON i.id = n.preceding_id
GROUP BY i.id, i.paper
HAVING sum((n.paper ->> 'total')::bigint) > (i.paper ->> 'total')::bigint
    OR sum((n.paper ->> 'tax')::bigint) > (i.paper ->> 'tax')::bigint
