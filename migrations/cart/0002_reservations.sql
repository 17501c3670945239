-- +goose Up
-- A consumable line that an order has reserved: more of the same starts a line of its own, so a cart may hold a sellable
-- twice.
ALTER TABLE cart.lines
    ADD COLUMN reserved_at timestamptz,
    DROP CONSTRAINT lines_cart_id_sellable_id_key;

-- No cart is made for an erased account.
CREATE TABLE cart.erased_accounts (
    account_id uuid PRIMARY KEY,
    erased_at  timestamptz NOT NULL
);
GRANT SELECT, INSERT ON cart.erased_accounts TO coinslot_app;

-- lock_account locks an account until the transaction ends, then reports whether it has been erased. Each statement of a
-- volatile function sees what was committed before it, so an erasure that the lock waited for is seen.
-- +goose StatementBegin
CREATE FUNCTION cart.lock_account(account uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('cart ' || account::text, 0));
    RETURN EXISTS (SELECT FROM cart.erased_accounts e WHERE e.account_id = account);
END $$;
-- +goose StatementEnd
GRANT EXECUTE ON FUNCTION cart.lock_account(uuid) TO coinslot_app;

-- +goose Down
DROP FUNCTION cart.lock_account(uuid);
DROP TABLE cart.erased_accounts;
DELETE FROM cart.lines l USING cart.lines other
    WHERE l.cart_id = other.cart_id AND l.sellable_id = other.sellable_id AND l.id > other.id;
ALTER TABLE cart.lines DROP COLUMN reserved_at, ADD CONSTRAINT lines_cart_id_sellable_id_key UNIQUE (cart_id, sellable_id);
