-- Each order line has the amount of its price version, which was in force when the order was quoted.
-- always
SELECT format('line %s of order %s was sold at %s %s, version %s of %s',
    l.id, o.id, l.unit, o.currency, l.price_version, l.sellable_id) AS violation
FROM checkout.order_lines l JOIN checkout.orders o ON o.id = l.order_id
    LEFT JOIN catalog.price_versions sold ON sold.sellable_id = l.sellable_id AND sold.currency = o.currency
        AND sold.version = l.price_version
WHERE sold.version IS NULL OR sold.amount <> l.unit OR sold.valid_from > o.quoted_at
    OR EXISTS (
        SELECT FROM catalog.price_withdrawals w
        WHERE w.sellable_id = sold.sellable_id AND w.currency = sold.currency AND w.version = sold.version)
    OR EXISTS (
        SELECT FROM catalog.standing_prices v
        WHERE v.sellable_id = sold.sellable_id AND v.currency = sold.currency
            AND (v.valid_from, v.version) > (sold.valid_from, sold.version)
            AND v.valid_from <= o.quoted_at AND v.created_at < o.quoted_at - interval '5 seconds')
