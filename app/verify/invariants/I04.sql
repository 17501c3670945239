-- Each paid order has a captured payment.
-- always
SELECT format('order %s is %s and has no captured payment', o.id, o.status) AS violation
FROM checkout.orders o
WHERE o.status IN ('paid', 'completed', 'partially_refunded', 'refunded')
    AND NOT EXISTS (SELECT FROM billing.payments p WHERE p.order_id = o.id AND p.status = 'captured')
