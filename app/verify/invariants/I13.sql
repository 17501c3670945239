-- At most one order holds a cart line.
-- always
SELECT format('cart line %s is held by %s orders', cart_line_id, count(*)) AS violation
FROM checkout.order_lines
WHERE NOT released
GROUP BY cart_line_id
HAVING count(*) > 1
