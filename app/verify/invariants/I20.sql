-- The provider holds money only for open, fulfilled or reviewed orders, pending refunds and lost disputes.
-- drained
-- provider
SELECT format('the provider holds %s %s for order %s (%s), which is %s', c.captured - c.refunded, c.currency,
    c.reference, c.id, coalesce(o.status, 'unknown')) AS violation
FROM jsonb_to_recordset($1::jsonb) AS c (id text, reference text, currency text, captured bigint, refunded bigint)
    LEFT JOIN checkout.orders o ON o.id::text = c.reference
    LEFT JOIN billing.payments p ON p.provider_ref = c.id,
    LATERAL (SELECT coalesce(sum(r.amount), 0) AS total FROM billing.refunds r
        WHERE r.payment_id = p.id AND r.status IN ('requested', 'pending')) AS under_way,
    LATERAL (SELECT coalesce(sum(d.amount), 0) AS total FROM billing.disputes d
        WHERE d.payment_id = p.id AND d.status = 'lost') AS lost -- the bank has returned it to the buyer
WHERE c.captured - c.refunded > under_way.total + lost.total
    AND (o.id IS NULL OR o.status IN ('canceled', 'declined', 'refunded'))
