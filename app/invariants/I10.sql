-- Somebody owns what was paid for, not given back and not disputed, and nothing else.
-- drained
WITH gone AS (
        SELECT (l ->> 'line_id')::uuid AS line_id, (l ->> 'product_id')::uuid AS product_id, sum((l ->> 'amount')::bigint) AS amount
        FROM billing.refunds r, jsonb_array_elements(r.lines) AS l WHERE r.status = 'succeeded' GROUP BY 1, 2),
    disputed AS (SELECT DISTINCT ON (order_id) order_id, status FROM billing.disputes ORDER BY order_id, id DESC),
    due AS (
        SELECT o.id AS order_id, o.account_id, l.id AS line_id, (g ->> 'id')::uuid AS product_id,
            o.status IN ('completed', 'partially_refunded') AND NOT coalesce(d.status IN ('opened', 'lost'), FALSE)
                AND NOT coalesce(gone.amount >= (g ->> 'total')::bigint, FALSE) AS owned
        FROM checkout.orders o JOIN checkout.order_lines l ON l.order_id = o.id CROSS JOIN jsonb_array_elements(l.gives) AS g
            LEFT JOIN disputed d ON d.order_id = o.id
            LEFT JOIN gone ON gone.line_id = l.id AND gone.product_id = (g ->> 'id')::uuid)
SELECT format('account %s may use %s through order %s, which does not give it', e.account_id, e.product_id, e.order_id) AS violation
FROM library.entitlements e
WHERE e.ended_at IS NULL AND e.suspended_at IS NULL
    AND NOT EXISTS (
        SELECT FROM due WHERE due.line_id = e.line_id AND due.product_id = e.product_id AND due.owned)
UNION ALL
SELECT format('order %s gives %s to account %s, which does not own it', due.order_id, due.product_id, due.account_id)
FROM due
WHERE due.owned
    AND NOT EXISTS (SELECT FROM library.erased_accounts x WHERE x.account_id = due.account_id)
    AND NOT EXISTS (
        SELECT FROM library.entitlements e
        WHERE e.account_id = due.account_id AND e.product_id = due.product_id AND e.ended_at IS NULL AND e.suspended_at IS NULL
            AND (NOT e.consumable OR e.line_id = due.line_id))
