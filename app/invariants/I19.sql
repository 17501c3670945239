-- Nobody has changed or removed what was booked or issued: the journal's chain holds, and each paper's hash fits.
-- always
SELECT broken AS violation FROM billing.broken_seals() AS broken
UNION ALL
SELECT format('%s %s-%s does not say any more what it said when it was issued', i.kind, i.series, i.number)
FROM billing.invoices i
WHERE i.content_hash IS DISTINCT FROM billing.paper_hash(i)
UNION ALL
SELECT format('the document of paper %s is not the one that was stored', d.invoice_id)
FROM billing.invoice_documents d
WHERE d.sha256 <> sha256(d.pdf)
