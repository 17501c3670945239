-- +goose Up
-- The revision of the order's money, by billing, that was applied to the order.
ALTER TABLE checkout.orders ADD COLUMN payment_revision bigint NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE checkout.orders DROP COLUMN payment_revision;
