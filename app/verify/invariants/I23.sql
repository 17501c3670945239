-- Each line of a completed order has granted an entitlement or was refunded.
-- drained
SELECT format('line %s of order %s was paid, granted no entitlement and was not refunded', l.id, o.id) AS violation
FROM checkout.orders o JOIN checkout.order_lines l ON l.order_id = o.id
WHERE o.status IN ('completed', 'partially_refunded')
    AND NOT EXISTS (SELECT FROM library.entitlements e WHERE e.line_id = l.id)
    AND l.total > (
        SELECT coalesce(sum((b ->> 'amount')::bigint), 0)
        FROM billing.refunds r, jsonb_array_elements(r.lines) AS b
        WHERE r.order_id = o.id AND r.status = 'succeeded' AND b ->> 'line_id' = l.id::text)
