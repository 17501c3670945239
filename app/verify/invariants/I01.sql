-- Each journal entry sums to zero in each currency.
-- always
SELECT format('entry %s of %s %s sums to %s %s', e.id, e.source_type, e.source_id, sum(p.amount), p.currency)
    AS violation
FROM billing.journal_entries e JOIN billing.journal_postings p ON p.entry_id = e.id
GROUP BY e.id, p.currency
HAVING sum(p.amount) <> 0
UNION ALL
SELECT format('entry %s of %s %s has no postings', e.id, e.source_type, e.source_id)
FROM billing.journal_entries e
WHERE NOT EXISTS (SELECT FROM billing.journal_postings p WHERE p.entry_id = e.id)
