-- +goose Up
-- Why an order is in manual review, and what staff decided.
ALTER TABLE checkout.orders
    ADD COLUMN review_reason text NOT NULL DEFAULT '',
    ADD COLUMN review_since timestamptz,
    ADD COLUMN review_fulfilled boolean NOT NULL DEFAULT FALSE, -- it had been granted before
    ADD COLUMN resolving text NOT NULL DEFAULT '',
    ADD CONSTRAINT orders_resolving_check CHECK (resolving IN ('', 'accept', 'refund', 'release')) NOT VALID;
UPDATE checkout.orders SET review_reason = CASE WHEN grant_refused THEN 'refund_failed' WHEN paid_at IS NULL THEN 'payment_unknown'
    ELSE 'fulfilment_failed' END, review_since = updated_at WHERE status = 'manual_review';
-- A line that was paid for and added nothing to what its buyer owned: it is refunded.
ALTER TABLE checkout.order_lines ADD COLUMN refused boolean NOT NULL DEFAULT FALSE;

-- What staff decided about orders in manual review, with the idempotency keys.
CREATE TABLE checkout.resolutions (
    order_id   uuid        NOT NULL REFERENCES checkout.orders,
    account_id uuid        NOT NULL, -- of the staff
    key        text        NOT NULL,
    body_hash  bytea       NOT NULL,
    action     text        NOT NULL CHECK (action IN ('accept', 'refund', 'release')),
    reason     text        NOT NULL,
    at         timestamptz NOT NULL,
    request_id text        NOT NULL,
    CONSTRAINT resolutions_key PRIMARY KEY (account_id, key)
);
CREATE INDEX resolutions_of_order ON checkout.resolutions (order_id, at);
GRANT SELECT, INSERT ON checkout.resolutions TO coinslot_app;

-- +goose Down
DROP TABLE checkout.resolutions;
ALTER TABLE checkout.order_lines DROP COLUMN refused;
ALTER TABLE checkout.orders DROP COLUMN resolving, DROP COLUMN review_fulfilled, DROP COLUMN review_since, DROP COLUMN review_reason;
