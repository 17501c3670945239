-- +goose Up
-- Migrations 0003, 0004 and 0006 were completed after some databases had been migrated. Those are completed here.
CREATE INDEX IF NOT EXISTS disputes_of_payment ON billing.disputes (payment_id, id);
DROP FUNCTION IF EXISTS billing.broken_seals();
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION billing.broken_seals(behind bigint, up_to bigint) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT format('seal %s of entry %s does not fit what it seals', s.position, s.entry_id)
    FROM billing.journal_seals s LEFT JOIN billing.journal_seals b ON b.position = s.position - 1
    WHERE s.position > behind AND s.position <= up_to
        AND (s.previous <> CASE s.position WHEN 1 THEN ''::bytea ELSE coalesce(b.hash, '\x00'::bytea) END
            OR s.hash IS DISTINCT FROM billing.journal_hash(s.previous, s.entry_id))
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION billing.lock_account(account uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('billing ' || account::text, 0));
    RETURN EXISTS (SELECT FROM billing.erased_accounts e WHERE e.account_id = account);
END $$;
-- +goose StatementEnd
GRANT EXECUTE ON FUNCTION billing.lock_account(uuid) TO coinslot_app;

-- +goose Down
-- What is completed goes with the migration that it belongs to.
SELECT 1;
