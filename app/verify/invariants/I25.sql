-- Each issued document, stored PDF and dispute is sealed or queued for sealing.
-- always
SELECT format('%s %s is neither sealed nor queued for sealing', r.kind, r.id) AS violation
FROM (
    SELECT 'document' AS kind, id, 0 AS version FROM billing.invoices
    UNION ALL SELECT 'pdf', invoice_id, 0 FROM billing.invoice_documents
    UNION ALL SELECT 'dispute', id, turns FROM billing.disputes) AS r
WHERE NOT EXISTS (SELECT FROM billing.sealed_records s
        WHERE s.kind = r.kind AND s.record_id = r.id AND s.version = r.version)
    AND NOT EXISTS (SELECT FROM billing.unsealed_records u WHERE u.kind = r.kind AND u.record_id = r.id)
