-- A line costs what its price version says, and that version was in force when it was quoted.
-- always
SELECT format('line %s of order %s was sold at %s, version %s of %s', l.id, o.id, l.unit, l.price_version, l.sellable_id) AS violation
FROM checkout.order_lines l JOIN checkout.orders o ON o.id = l.order_id
WHERE NOT EXISTS (
        SELECT FROM catalog.price_versions v
        WHERE v.sellable_id = l.sellable_id AND v.currency = o.currency AND v.version = l.price_version AND v.amount = l.unit
            AND v.valid_from <= o.quoted_at)
    OR EXISTS (
        SELECT FROM catalog.price_versions v
        WHERE v.sellable_id = l.sellable_id AND v.currency = o.currency AND v.version > l.price_version
            AND v.valid_from <= o.quoted_at AND v.created_at < o.quoted_at - interval '5 seconds')
