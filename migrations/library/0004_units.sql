-- +goose Up
-- How many units of a consumable were refunded.
ALTER TABLE library.entitlements
    ADD COLUMN refunded int NOT NULL DEFAULT 0,
    ADD CONSTRAINT entitlements_check1 CHECK (refunded >= 0 AND refunded <= quantity) NOT VALID;
UPDATE library.entitlements SET refunded = quantity WHERE end_reason = 'refund';

-- lock_account locks an account until the transaction ends, then reports whether it has been erased. Each statement of a
-- volatile function sees what was committed before it, so an erasure that the lock waited for is seen.
-- +goose StatementBegin
CREATE FUNCTION library.lock_account(account uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('library ' || account::text, 0));
    RETURN EXISTS (SELECT FROM library.erased_accounts e WHERE e.account_id = account);
END $$;
-- +goose StatementEnd
GRANT EXECUTE ON FUNCTION library.lock_account(uuid) TO coinslot_app;

-- +goose Down
DROP FUNCTION library.lock_account(uuid);
ALTER TABLE library.entitlements DROP COLUMN refunded;
