-- The journal's hash chain is valid, and each issued document matches its hash.
-- always
-- sealed
SELECT broken AS violation
FROM billing.broken_seals(0, (SELECT coalesce(max(position), 0) FROM billing.journal_seals)) AS broken
UNION ALL
SELECT format('there are %s seals, and the last one is number %s', count(*), max(position))
FROM billing.journal_seals
HAVING count(*) <> max(position)
UNION ALL
SELECT format('the content of %s %s-%s has changed since it was issued', i.kind, i.series, i.number)
FROM billing.invoices i
WHERE i.content_hash IS DISTINCT FROM billing.paper_hash(i)
UNION ALL
SELECT format('the PDF of document %s has changed since it was stored', d.invoice_id)
FROM billing.invoice_documents d
WHERE d.sha256 <> sha256(d.pdf)
