-- Somebody owns what was paid for and not given back, and nothing else.
-- drained
SELECT format('account %s owns %s through order %s, which is %s', e.account_id, e.product_id, e.order_id, coalesce(o.status, 'not there')) AS violation
FROM library.entitlements e LEFT JOIN checkout.orders o ON o.id = e.order_id
WHERE e.ended_at IS NULL AND (o.id IS NULL OR o.status NOT IN ('completed', 'partially_refunded'))
UNION ALL
SELECT format('order %s of account %s is completed, and %s is not owned', o.id, o.account_id, g ->> 'id')
FROM checkout.orders o JOIN checkout.order_lines l ON l.order_id = o.id, LATERAL jsonb_array_elements(l.gives) AS g
WHERE o.status = 'completed'
    AND NOT EXISTS (SELECT FROM library.erased_accounts x WHERE x.account_id = o.account_id)
    AND NOT EXISTS (
        SELECT FROM library.entitlements e
        WHERE e.account_id = o.account_id AND e.product_id = (g ->> 'id')::uuid AND e.ended_at IS NULL
            AND (NOT e.consumable OR e.line_id = l.id))
