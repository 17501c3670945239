-- A cart line is reserved by at most one order.
-- always
SELECT format('cart line %s is reserved by %s orders', cart_line_id, count(*)) AS violation
FROM checkout.order_lines
WHERE NOT released
GROUP BY cart_line_id
HAVING count(*) > 1
