-- +goose Up
CREATE TABLE library.entitlements (
    id         uuid PRIMARY KEY,
    account_id uuid        NOT NULL,
    product_id uuid        NOT NULL,
    order_id   uuid        NOT NULL,
    line_id    uuid        NOT NULL,
    consumable boolean     NOT NULL,
    quantity   int         NOT NULL CHECK (quantity > 0 AND (consumable OR quantity = 1)),
    granted_at timestamptz NOT NULL,
    ended_at   timestamptz,
    -- A line grants each of its products once, however often it is told to.
    UNIQUE (line_id, product_id)
);
-- A game is owned once; a consumable as often as it was bought.
CREATE UNIQUE INDEX entitlements_active ON library.entitlements (account_id, product_id) WHERE ended_at IS NULL AND NOT consumable;
CREATE INDEX entitlements_of_account ON library.entitlements (account_id, id) WHERE ended_at IS NULL;
CREATE INDEX entitlements_of_order ON library.entitlements (order_id);

-- An order of an erased account still runs to its end; what it grants ends at once.
CREATE TABLE library.erased_accounts (
    account_id uuid PRIMARY KEY,
    erased_at  timestamptz NOT NULL
);

GRANT USAGE ON SCHEMA library TO coinslot_app;
GRANT SELECT, INSERT, UPDATE ON library.entitlements TO coinslot_app;
GRANT SELECT, INSERT ON library.erased_accounts TO coinslot_app;

-- +goose Down
DROP TABLE library.erased_accounts, library.entitlements;
