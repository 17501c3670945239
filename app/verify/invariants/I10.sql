-- The active entitlements are those of paid orders, without the units that are refunded or disputed, and no others.
-- drained
WITH returned AS (
        SELECT (l ->> 'line_id')::uuid AS line_id, (l ->> 'product_id')::uuid AS product_id,
            sum((l ->> 'amount')::bigint) AS amount, sum(coalesce((l ->> 'quantity')::int, 0)) AS units
        FROM billing.refunds r, jsonb_array_elements(r.lines) AS l
        WHERE r.status = 'succeeded'
        GROUP BY 1, 2),
    newest AS (SELECT DISTINCT ON (order_id) id FROM billing.payments ORDER BY order_id, attempt DESC),
    disputed AS (
        SELECT DISTINCT ON (d.order_id) d.order_id, d.status
        FROM billing.disputes d JOIN newest p ON p.id = d.payment_id
        ORDER BY d.order_id, d.status = 'lost' DESC, d.status = 'opened' DESC),
    -- The units that each line gives of each product, and how many of them are refunded. A refund of the whole price
    -- refunds all units. Of a product without a price, the refunds' quantities count if there are any.
    given AS (
        SELECT l.order_id, l.id AS line_id, (g ->> 'id')::uuid AS product_id, units.given,
            CASE WHEN returned.amount >= (g ->> 'total')::bigint
                    AND NOT ((g ->> 'total')::bigint = 0 AND returned.units > 0) THEN units.given
                ELSE least(coalesce(returned.units, 0), units.given) END AS refunded
        FROM checkout.order_lines l CROSS JOIN jsonb_array_elements(l.gives) AS g
            CROSS JOIN LATERAL (
                SELECT CASE WHEN (g ->> 'consumable')::boolean THEN l.quantity ELSE 1 END AS given) AS units
            LEFT JOIN returned ON returned.line_id = l.id AND returned.product_id = (g ->> 'id')::uuid),
    due AS (
        SELECT o.id AS order_id, o.account_id, given.line_id, given.product_id,
            CASE o.status WHEN 'refunded' THEN given.given ELSE given.refunded END AS refunded,
            o.status IN ('completed', 'partially_refunded', 'refunded') AND NOT o.grant_refused AS settled,
            o.status IN ('completed', 'partially_refunded') AND NOT coalesce(d.status IN ('opened', 'lost'), FALSE)
                AND given.refunded < given.given AS owned
        FROM checkout.orders o JOIN given ON given.order_id = o.id LEFT JOIN disputed d ON d.order_id = o.id)
SELECT format('account %s has an active entitlement to %s from order %s, which does not give it',
    e.account_id, e.product_id, e.order_id) AS violation
FROM library.entitlements e
WHERE e.ended_at IS NULL AND e.suspended_at IS NULL
    AND NOT EXISTS (SELECT FROM checkout.orders o WHERE o.id = e.order_id AND o.status = 'manual_review')
    AND NOT EXISTS (
        SELECT FROM due WHERE due.line_id = e.line_id AND due.product_id = e.product_id AND due.owned)
UNION ALL
SELECT format('order %s gives %s to account %s, which has no active entitlement to it',
    due.order_id, due.product_id, due.account_id)
FROM due
WHERE due.owned
    AND NOT EXISTS (SELECT FROM library.erased_accounts x WHERE x.account_id = due.account_id)
    AND NOT EXISTS (
        SELECT FROM library.entitlements e
        WHERE e.account_id = due.account_id AND e.product_id = due.product_id
            AND e.ended_at IS NULL AND e.suspended_at IS NULL
            AND (NOT e.consumable OR e.line_id = due.line_id))
UNION ALL
SELECT format('of %s units of %s from order %s for account %s, %s are refunded, and the library revoked %s',
    e.quantity, e.product_id, e.order_id, e.account_id, due.refunded, e.refunded)
FROM library.entitlements e JOIN due ON due.line_id = e.line_id AND due.product_id = e.product_id
WHERE e.consumable AND due.settled AND e.end_reason <> 'erasure' AND e.refunded <> due.refunded
