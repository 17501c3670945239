-- +goose Up
-- The erased accounts: no order is made for them any more.
CREATE TABLE checkout.erased_accounts (
    account_id uuid PRIMARY KEY,
    erased_at  timestamptz NOT NULL
);
GRANT SELECT, INSERT ON checkout.erased_accounts TO coinslot_app;

-- admits locks an account until the transaction ends, then reports whether it may have orders. Each statement of a volatile
-- function sees what was committed before it, so an erasure that the lock waited for is seen.
-- +goose StatementBegin
CREATE FUNCTION checkout.admits(account uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('checkout ' || account::text, 0));
    RETURN NOT EXISTS (SELECT FROM checkout.erased_accounts e WHERE e.account_id = account);
END $$;
-- +goose StatementEnd
GRANT EXECUTE ON FUNCTION checkout.admits(uuid) TO coinslot_app;

-- +goose Down
DROP FUNCTION checkout.admits(uuid);
DROP TABLE checkout.erased_accounts;
