-- What goes back, pending refunds included, is never more than what was captured.
-- always
SELECT format('of %s that payment %s captured, %s goes back, and its counter says %s', p.captured, p.id, r.total, p.returned) AS violation
FROM billing.payments p,
    LATERAL (SELECT coalesce(sum(r.amount), 0) AS total FROM billing.refunds r WHERE r.payment_id = p.id AND r.status <> 'failed') AS r
WHERE r.total > p.captured OR r.total <> p.returned
