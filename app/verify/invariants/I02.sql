-- The whole ledger sums to zero in each currency.
-- always
SELECT format('the ledger sums to %s %s', sum(amount), currency) AS violation
FROM billing.journal_postings
GROUP BY currency
HAVING sum(amount) <> 0
UNION ALL
SELECT format('posting %s of entry %s has no entry', p.position, p.entry_id)
FROM billing.journal_postings p
WHERE NOT EXISTS (SELECT FROM billing.journal_entries e WHERE e.id = p.entry_id)
