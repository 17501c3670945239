-- The provider's records and the store's agree on each captured and refunded amount, in both directions.
-- drained
-- provider
-- period
WITH charges AS MATERIALIZED (
        SELECT c.id, c.reference, c.currency, c.captured, c.refunded
        FROM jsonb_to_recordset($1::jsonb)
            AS c (id text, reference text, currency text, captured bigint, refunded bigint)),
    ours AS MATERIALIZED (
        SELECT p.id, p.provider_ref, p.currency, p.captured,
            (SELECT coalesce(sum(r.amount), 0) FROM billing.refunds r
                WHERE r.payment_id = p.id AND r.status = 'succeeded') AS refunded
        FROM charges c JOIN billing.payments p ON p.provider_ref = c.id
        WHERE p.provider <> 'none' AND p.captured > 0)
SELECT format('the provider captured %s %s for order %s (%s), and the store recorded %s %s',
    c.captured, c.currency, c.reference, c.id, coalesce(o.captured, 0), coalesce(o.currency, c.currency)) AS violation
FROM charges c LEFT JOIN ours o ON o.provider_ref = c.id
WHERE c.captured > 0 AND (o.id IS NULL OR o.captured <> c.captured OR o.currency <> c.currency)
    AND NOT EXISTS (SELECT FROM checkout.orders x WHERE x.id::text = c.reference AND x.status = 'manual_review')
UNION ALL
SELECT format('the provider refunded %s %s of order %s (%s), and the store recorded %s %s',
    c.refunded, c.currency, c.reference, c.id, o.refunded, o.currency)
FROM charges c JOIN ours o ON o.provider_ref = c.id
WHERE o.refunded <> c.refunded
UNION ALL
SELECT format('the store recorded that %s %s were captured for order %s, and the provider has no such charge',
    p.captured, p.currency, p.order_id)
FROM billing.payments p
WHERE p.provider <> 'none' AND p.captured > 0 AND p.created_at >= $2::timestamptz AND p.created_at < $3::timestamptz
    AND NOT EXISTS (SELECT FROM charges c WHERE c.id = p.provider_ref AND c.captured > 0)
