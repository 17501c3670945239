-- Orders, payments, refunds and invoice drafts reach a final state within 15 minutes, unless in manual review.
-- always
SELECT format('order %s has been %s since %s', id, status, attempted_at) AS violation
FROM checkout.orders
WHERE status IN ('pending', 'processing', 'requires_action', 'paid') AND attempted_at < now() - interval '15 minutes'
UNION ALL
SELECT format('payment %s of order %s has been %s since %s', p.id, p.order_id, p.status, p.created_at)
FROM billing.payments p
WHERE p.status IN ('requested', 'unknown', 'requires_action') AND p.created_at < now() - interval '15 minutes'
    AND NOT EXISTS (SELECT FROM checkout.orders o WHERE o.id = p.order_id AND o.status = 'manual_review')
UNION ALL
SELECT format('refund %s of order %s has been %s since %s', id, order_id, status, created_at)
FROM billing.refunds
WHERE status IN ('requested', 'pending') AND created_at < now() - interval '15 minutes'
UNION ALL
SELECT format('invoice %s has waited for its number since %s', id, captured_at)
FROM billing.invoice_drafts
WHERE captured_at < now() - interval '15 minutes'
