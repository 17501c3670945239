-- +goose Up
ALTER TABLE checkout.orders
    ADD COLUMN attempted_at timestamptz,                      -- when the present attempt to pay began
    ADD COLUMN grant_refused boolean NOT NULL DEFAULT FALSE;  -- paid, but it cannot be granted: the money goes back
UPDATE checkout.orders SET attempted_at = updated_at;
ALTER TABLE checkout.orders ALTER COLUMN attempted_at SET NOT NULL;

-- The states that an order went through: for its timeline.
CREATE TABLE checkout.order_history (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id   uuid        NOT NULL REFERENCES checkout.orders,
    at         timestamptz NOT NULL,
    status     text        NOT NULL,
    request_id text        NOT NULL
);
CREATE INDEX history_of_order ON checkout.order_history (order_id, id);
GRANT SELECT, INSERT ON checkout.order_history TO coinslot_app;

-- +goose Down
DROP TABLE checkout.order_history;
ALTER TABLE checkout.orders DROP COLUMN grant_refused, DROP COLUMN attempted_at;
