-- +goose Up
CREATE TABLE checkout.orders (
    id              uuid PRIMARY KEY,
    account_id      uuid        NOT NULL,
    number          text        NOT NULL UNIQUE,
    status          text        NOT NULL CHECK (status IN ('pending', 'processing', 'requires_action', 'paid', 'completed', 'declined',
        'canceled', 'partially_refunded', 'refunded', 'manual_review')),
    currency        char(3)     NOT NULL,
    subtotal        bigint      NOT NULL CHECK (subtotal >= 0),
    discount        bigint      NOT NULL CHECK (discount >= 0),
    tax             bigint      NOT NULL CHECK (tax >= 0),
    total           bigint      NOT NULL CHECK (total = subtotal - discount AND total >= 0),
    attempt         int         NOT NULL CHECK (attempt > 0),
    method          text, -- the provider's token of the attempt, until its outcome is final
    quoted_at       timestamptz NOT NULL,
    advancing_until timestamptz, -- somebody is taking the order further, until then at most
    version         bigint      NOT NULL CHECK (version > 0),
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
);
CREATE INDEX orders_of_account ON checkout.orders (account_id, id DESC);
CREATE INDEX orders_unfinished ON checkout.orders (updated_at) WHERE status IN ('pending', 'processing', 'requires_action', 'paid');

CREATE TABLE checkout.order_lines (
    id            uuid PRIMARY KEY,
    order_id      uuid    NOT NULL REFERENCES checkout.orders,
    position      int     NOT NULL,
    cart_line_id  uuid    NOT NULL,
    released      boolean NOT NULL DEFAULT FALSE,
    sellable_id   uuid    NOT NULL,
    bundle        boolean NOT NULL,
    title         text    NOT NULL,
    quantity      int     NOT NULL CHECK (quantity > 0),
    price_version int     NOT NULL,
    unit          bigint  NOT NULL,
    discount      bigint  NOT NULL,
    tax           bigint  NOT NULL,
    total         bigint  NOT NULL CHECK (total = unit * quantity - discount),
    gives         jsonb   NOT NULL, -- the products that the buyer gets
    UNIQUE (order_id, position)
);
-- An order line holds its cart line: no two open or bought orders share one.
CREATE UNIQUE INDEX order_lines_held ON checkout.order_lines (cart_line_id) WHERE NOT released;

-- The idempotency keys, for ever.
CREATE TABLE checkout.attempts (
    order_id        uuid        NOT NULL REFERENCES checkout.orders,
    attempt         int         NOT NULL,
    account_id      uuid        NOT NULL,
    idempotency_key text        NOT NULL,
    body_hash       bytea       NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (order_id, attempt)
);
CREATE UNIQUE INDEX attempts_key ON checkout.attempts (account_id, idempotency_key);

GRANT USAGE ON SCHEMA checkout TO coinslot_app;
GRANT SELECT, INSERT, UPDATE ON checkout.orders, checkout.order_lines TO coinslot_app;
GRANT SELECT, INSERT ON checkout.attempts TO coinslot_app;

-- +goose Down
DROP TABLE checkout.attempts, checkout.order_lines, checkout.orders;
