-- Refunds, pending ones included, never exceed the captured amount, nor those of a product the price paid for it.
-- always
SELECT format('of %s %s that payment %s captured, %s %s are refunded, and its counter says %s %s',
    p.captured, p.currency, p.id, r.total, p.currency, p.returned, p.currency) AS violation
FROM billing.payments p,
    LATERAL (SELECT coalesce(sum(r.amount), 0) AS total FROM billing.refunds r
        WHERE r.payment_id = p.id AND r.status <> 'failed') AS r
WHERE least(r.total, p.captured) <> p.returned
    OR (r.total > greatest(p.captured, p.accepted_out)
        AND NOT EXISTS (SELECT FROM checkout.orders o WHERE o.id = p.order_id AND o.status = 'manual_review'))
UNION ALL
SELECT format('refund %s is of %s %s, its lines of %s %s', r.id, r.amount, r.currency, lines.total, r.currency)
FROM billing.refunds r,
    LATERAL (SELECT sum((l ->> 'amount')::bigint) AS total FROM jsonb_array_elements(r.lines) AS l) AS lines
WHERE lines.total <> r.amount AND NOT (r.key LIKE 'external %' AND lines.total < r.amount)
UNION ALL
SELECT format('of product %s in line %s, which cost %s %s, %s %s are refunded',
    refunded.product, refunded.line, (g ->> 'total')::bigint, refunded.currency, refunded.amount, refunded.currency)
FROM (
    SELECT l ->> 'line_id' AS line, l ->> 'product_id' AS product, r.currency, sum((l ->> 'amount')::bigint) AS amount
    FROM billing.refunds r, jsonb_array_elements(r.lines) AS l
    WHERE r.status <> 'failed'
    GROUP BY 1, 2, 3) AS refunded
    JOIN checkout.order_lines o ON o.id::text = refunded.line, jsonb_array_elements(o.gives) AS g
WHERE g ->> 'id' = refunded.product AND refunded.amount > (g ->> 'total')::bigint
