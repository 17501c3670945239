-- +goose Up
CREATE TABLE cart.carts (
    id         uuid PRIMARY KEY,
    account_id uuid        NOT NULL UNIQUE, -- one open cart per account
    version    bigint      NOT NULL CHECK (version > 0),
    created_at timestamptz NOT NULL
);

CREATE TABLE cart.lines (
    id            uuid PRIMARY KEY,
    cart_id       uuid        NOT NULL REFERENCES cart.carts ON DELETE CASCADE,
    sellable_id   uuid        NOT NULL,
    bundle        boolean     NOT NULL,
    consumable    boolean     NOT NULL,
    quantity      int         NOT NULL CHECK (quantity BETWEEN 1 AND 999 AND (consumable OR quantity = 1)),
    amount        bigint      NOT NULL,
    currency      char(3)     NOT NULL,
    price_version int         NOT NULL,
    added_at      timestamptz NOT NULL,
    UNIQUE (cart_id, sellable_id)
);

GRANT USAGE ON SCHEMA cart TO coinslot_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON cart.carts, cart.lines TO coinslot_app;

-- +goose Down
DROP TABLE cart.lines, cart.carts;
