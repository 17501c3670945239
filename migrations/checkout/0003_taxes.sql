-- +goose Up
-- How an order was taxed, when it was paid, and what became of its money afterwards.
ALTER TABLE checkout.orders
    ADD COLUMN country char(2),
    ADD COLUMN tax_included boolean NOT NULL DEFAULT TRUE,
    ADD COLUMN paid_at timestamptz,
    ADD COLUMN refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0 AND refunded <= total),
    ADD COLUMN dispute text NOT NULL DEFAULT '' CHECK (dispute IN ('', 'opened', 'won', 'lost')),
    DROP CONSTRAINT orders_check,
    ADD CONSTRAINT orders_total CHECK (total = subtotal - discount + CASE WHEN tax_included THEN 0 ELSE tax END AND total >= 0);
UPDATE checkout.orders SET paid_at = updated_at WHERE status IN ('paid', 'completed', 'refunded');
UPDATE checkout.orders SET refunded = total WHERE status = 'refunded';
ALTER TABLE checkout.order_lines
    DROP CONSTRAINT order_lines_check,
    ADD CONSTRAINT order_lines_total CHECK (total = unit * quantity - discount OR total = unit * quantity - discount + tax);
-- What a line gives of each product has a share of the line's money. Before, the first product had all of it.
UPDATE checkout.order_lines l SET gives = (
    SELECT jsonb_agg(g || jsonb_build_object('gross', CASE n WHEN 1 THEN l.unit * l.quantity ELSE 0 END, 'discount', 0, 'tax', 0,
        'total', CASE n WHEN 1 THEN l.total ELSE 0 END, 'rate', 0) ORDER BY n)
    FROM jsonb_array_elements(l.gives) WITH ORDINALITY AS e (g, n));

-- +goose Down
ALTER TABLE checkout.order_lines DROP CONSTRAINT order_lines_total, ADD CONSTRAINT order_lines_check CHECK (total = unit * quantity - discount);
ALTER TABLE checkout.orders
    DROP CONSTRAINT orders_total, DROP COLUMN dispute, DROP COLUMN refunded, DROP COLUMN paid_at, DROP COLUMN tax_included, DROP COLUMN country,
    ADD CONSTRAINT orders_check CHECK (total = subtotal - discount AND total >= 0);
