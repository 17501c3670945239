-- +goose Up
-- An earlier migration was completed with this function after some databases had been migrated. It is the same.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION library.lock_account(account uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('library ' || account::text, 0));
    RETURN EXISTS (SELECT FROM library.erased_accounts e WHERE e.account_id = account);
END $$;
-- +goose StatementEnd
GRANT EXECUTE ON FUNCTION library.lock_account(uuid) TO coinslot_app;

-- +goose Down
-- The function goes with the migration that made it.
SELECT 1;
