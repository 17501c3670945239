-- An order has at most one charge at the provider that is captured, not refunded in full and not captured late.
-- always
-- provider
SELECT format('order %s was charged %s times: %s', c.reference, count(*), string_agg(c.id, ', ' ORDER BY c.id))
    AS violation
FROM jsonb_to_recordset($1::jsonb) AS c (id text, reference text, captured bigint, refunded bigint)
WHERE c.captured > c.refunded
    AND NOT EXISTS (SELECT FROM billing.payments p WHERE p.provider_ref = c.id AND p.status = 'captured_late')
GROUP BY c.reference
HAVING count(*) > 1
