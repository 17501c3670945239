-- What goes back, pending refunds included, is never more than what was captured, nor of a product more than it cost.
-- always
SELECT format('of %s that payment %s captured, %s goes back, and its counter says %s', p.captured, p.id, r.total, p.returned) AS violation
FROM billing.payments p,
    LATERAL (SELECT coalesce(sum(r.amount), 0) AS total FROM billing.refunds r WHERE r.payment_id = p.id AND r.status <> 'failed') AS r
WHERE r.total > p.captured OR r.total <> p.returned
UNION ALL
SELECT format('refund %s is of %s, its lines of %s', r.id, r.amount, lines.total)
FROM billing.refunds r,
    LATERAL (SELECT sum((l ->> 'amount')::bigint) AS total FROM jsonb_array_elements(r.lines) AS l) AS lines
WHERE lines.total <> r.amount
UNION ALL
SELECT format('of product %s in line %s, which cost %s, %s goes back', back.product, back.line, (g ->> 'total')::bigint, back.amount)
FROM (SELECT l ->> 'line_id' AS line, l ->> 'product_id' AS product, sum((l ->> 'amount')::bigint) AS amount
        FROM billing.refunds r, jsonb_array_elements(r.lines) AS l WHERE r.status <> 'failed' GROUP BY 1, 2) AS back
    JOIN checkout.order_lines o ON o.id::text = back.line, jsonb_array_elements(o.gives) AS g
WHERE g ->> 'id' = back.product AND back.amount > (g ->> 'total')::bigint
