-- Nobody has changed or removed what was booked or issued: the journal's chain holds, and each paper's hash fits.
-- always
SELECT broken AS violation FROM billing.broken_seals(0, (SELECT coalesce(max(position), 0) FROM billing.journal_seals)) AS broken
UNION ALL
SELECT format('there are %s seals, and the last one is number %s', count(*), max(position))
FROM billing.journal_seals
HAVING count(*) <> max(position)
UNION ALL
SELECT format('entry %s is neither sealed nor waiting for it', e.id)
FROM billing.journal_entries e
WHERE NOT EXISTS (SELECT FROM billing.journal_seals s WHERE s.entry_id = e.id)
    AND NOT EXISTS (SELECT FROM billing.journal_unsealed u WHERE u.entry_id = e.id)
UNION ALL
SELECT format('%s %s-%s does not say any more what it said when it was issued', i.kind, i.series, i.number)
FROM billing.invoices i
WHERE i.content_hash IS DISTINCT FROM billing.paper_hash(i)
UNION ALL
SELECT format('the document of paper %s is not the one that was stored', d.invoice_id)
FROM billing.invoice_documents d
WHERE d.sha256 <> sha256(d.pdf)
