-- +goose Up
-- Payouts of the provider's balance. A payout is booked when it is paid, and reversed when it fails.
CREATE TABLE billing.payouts (
    id           uuid PRIMARY KEY,
    provider     text        NOT NULL,
    provider_ref text        NOT NULL,
    amount       bigint      NOT NULL CHECK (amount > 0),
    currency     char(3)     NOT NULL,
    status       text        NOT NULL CONSTRAINT payouts_status_check CHECK (status IN ('paid', 'failed')),
    turns        int         NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    UNIQUE (provider, provider_ref)
);
CREATE INDEX payouts_created_at ON billing.payouts (created_at);

-- Journal entries that staff propose. Another member of the staff than the author approves or rejects each.
CREATE TABLE billing.manual_entries (
    id             uuid PRIMARY KEY,
    author_id      uuid        NOT NULL,
    key            text        NOT NULL,
    body_hash      bytea       NOT NULL,
    debit_account  text        NOT NULL,
    credit_account text        NOT NULL,
    amount         bigint      NOT NULL CHECK (amount > 0),
    currency       char(3)     NOT NULL,
    reason         text        NOT NULL,
    status         text        NOT NULL
        CONSTRAINT manual_entries_status_check CHECK (status IN ('proposed', 'approved', 'rejected')),
    decided_by     uuid,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    UNIQUE (author_id, key),
    CHECK (debit_account <> credit_account),
    CONSTRAINT manual_entries_four_eyes CHECK (decided_by <> author_id),
    CHECK ((status = 'proposed') = (decided_by IS NULL))
);
CREATE INDEX manual_entries_open ON billing.manual_entries (id DESC) WHERE status = 'proposed';

GRANT SELECT, INSERT, UPDATE ON billing.payouts TO coinslot_app;
-- What was proposed does not change, only the decision about it.
GRANT SELECT, INSERT, UPDATE (status, decided_by, updated_at) ON billing.manual_entries TO coinslot_app;

-- NOT VALID: the earlier checks were narrower, so each existing row passes without a scan.
ALTER TABLE billing.journal_entries
    DROP CONSTRAINT IF EXISTS journal_entries_source_type_check,
    ADD CONSTRAINT journal_entries_source_type_check CHECK (source_type IN ('payment', 'refund', 'dispute', 'resolution',
        'fee', 'payout', 'manual')) NOT VALID;
ALTER TABLE billing.journal_postings
    DROP CONSTRAINT IF EXISTS journal_postings_account_check,
    ADD CONSTRAINT journal_postings_account_check CHECK (account IN ('provider_clearing', 'bank', 'dispute_reserve',
        'tax_payable', 'customer_balances', 'revenue', 'refunds', 'provider_fees', 'dispute_fees', 'dispute_losses',
        'payment_differences')) NOT VALID;

-- +goose Down
ALTER TABLE billing.journal_postings
    DROP CONSTRAINT journal_postings_account_check,
    ADD CONSTRAINT journal_postings_account_check CHECK (account IN ('provider_clearing', 'dispute_reserve', 'tax_payable',
        'customer_balances', 'revenue', 'refunds', 'provider_fees', 'dispute_losses', 'payment_differences')) NOT VALID;
ALTER TABLE billing.journal_entries
    DROP CONSTRAINT journal_entries_source_type_check,
    ADD CONSTRAINT journal_entries_source_type_check
        CHECK (source_type IN ('payment', 'refund', 'dispute', 'resolution')) NOT VALID;
DROP TABLE billing.manual_entries, billing.payouts;
