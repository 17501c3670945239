-- +goose Up
-- What a manual review of a payment needs, and what staff accepted.
ALTER TABLE billing.payments
    ADD COLUMN claimed bigint,                          -- another amount that the provider claims to have captured
    ADD COLUMN difference bigint NOT NULL DEFAULT 0,    -- accepted: the payment's amount less what was captured
    ADD COLUMN accepted_out bigint NOT NULL DEFAULT 0,  -- accepted: how much may leave although less came in
    ADD COLUMN resolutions int NOT NULL DEFAULT 0;

ALTER TABLE billing.journal_entries
    DROP CONSTRAINT journal_entries_source_type_check,
    ADD CONSTRAINT journal_entries_source_type_check CHECK (source_type IN ('payment', 'refund', 'dispute', 'resolution'));
ALTER TABLE billing.journal_postings
    DROP CONSTRAINT journal_postings_account_check,
    ADD CONSTRAINT journal_postings_account_check CHECK (account IN ('provider_clearing', 'dispute_reserve', 'tax_payable',
        'customer_balances', 'revenue', 'refunds', 'provider_fees', 'dispute_losses', 'payment_differences'));

-- lock_account locks an account until the transaction ends, then reports whether it has been erased. Each statement of a
-- volatile function sees what was committed before it, so an erasure that the lock waited for is seen.
-- +goose StatementBegin
CREATE FUNCTION billing.lock_account(account uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('billing ' || account::text, 0));
    RETURN EXISTS (SELECT FROM billing.erased_accounts e WHERE e.account_id = account);
END $$;
-- +goose StatementEnd
GRANT EXECUTE ON FUNCTION billing.lock_account(uuid) TO coinslot_app;

-- +goose Down
DROP FUNCTION billing.lock_account(uuid);
ALTER TABLE billing.journal_postings
    DROP CONSTRAINT journal_postings_account_check,
    ADD CONSTRAINT journal_postings_account_check CHECK (account IN ('provider_clearing', 'dispute_reserve', 'tax_payable',
        'customer_balances', 'revenue', 'refunds', 'provider_fees', 'dispute_losses')) NOT VALID;
ALTER TABLE billing.journal_entries
    DROP CONSTRAINT journal_entries_source_type_check,
    ADD CONSTRAINT journal_entries_source_type_check CHECK (source_type IN ('payment', 'refund', 'dispute')) NOT VALID;
ALTER TABLE billing.payments
    DROP COLUMN resolutions, DROP COLUMN accepted_out, DROP COLUMN difference, DROP COLUMN claimed;
