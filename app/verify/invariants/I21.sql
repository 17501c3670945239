-- The journal has each dispute in its present state and amount, and each sale's tax as on its invoice.
-- always
WITH booked AS (
        SELECT split_part(e.source_id, '#', 1) AS dispute_id,
            coalesce(sum(x.amount) FILTER (WHERE x.account = 'dispute_reserve'), 0) AS reserved,
            coalesce(sum(x.amount) FILTER (WHERE x.account = 'dispute_losses'), 0) AS lost
        FROM billing.journal_entries e JOIN billing.journal_postings x ON x.entry_id = e.id
        WHERE e.source_type = 'dispute'
        GROUP BY 1),
    taxed AS (
        SELECT split_part(e.source_id, '#', 1) AS payment_id, -sum(x.amount) AS tax
        FROM billing.journal_entries e JOIN billing.journal_postings x ON x.entry_id = e.id
        WHERE e.source_type IN ('payment', 'resolution') AND x.account = 'tax_payable'
        GROUP BY 1)
SELECT format('dispute %s of %s %s is %s, and the journal has a reserve of %s %s and a loss of %s %s for it',
    d.id, d.amount, d.currency, d.status, coalesce(b.reserved, 0), d.currency, coalesce(b.lost, 0), d.currency)
    AS violation
FROM billing.disputes d LEFT JOIN booked b ON b.dispute_id = d.id::text
WHERE coalesce(b.reserved, 0) <> CASE d.status WHEN 'opened' THEN d.amount ELSE 0 END
    OR coalesce(b.lost, 0) <> CASE d.status WHEN 'lost' THEN d.amount ELSE 0 END
UNION ALL
SELECT format('invoice %s has a tax of %s %s, and the journal says %s %s',
    i.id, i.paper ->> 'tax', i.paper ->> 'currency', coalesce(t.tax, 0), i.paper ->> 'currency')
FROM (
    SELECT id, payment_id, paper FROM billing.invoices WHERE kind = 'invoice'
    UNION ALL SELECT id, payment_id, paper FROM billing.invoice_drafts WHERE kind = 'invoice') AS i
    LEFT JOIN taxed t ON t.payment_id = i.payment_id::text
WHERE (i.paper ->> 'tax')::bigint <> coalesce(t.tax, 0)
