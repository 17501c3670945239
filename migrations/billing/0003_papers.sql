-- +goose Up
-- Refunds by line: who asked for them, and what goes back of each product of each line.
ALTER TABLE billing.refunds
    ADD COLUMN requested_by uuid,                       -- NULL: the store itself
    ADD COLUMN body_hash bytea,
    ADD COLUMN lines jsonb NOT NULL DEFAULT '[]';
DROP INDEX billing.refunds_key;
CREATE UNIQUE INDEX refunds_key ON billing.refunds (payment_id, key) WHERE requested_by IS NULL;
CREATE UNIQUE INDEX refunds_asked ON billing.refunds (requested_by, key) WHERE requested_by IS NOT NULL;
CREATE INDEX refunds_of_payment ON billing.refunds (payment_id);

-- What the provider keeps of what it took.
ALTER TABLE billing.payments ADD COLUMN fee bigint NOT NULL DEFAULT 0 CHECK (fee >= 0 AND fee <= captured);

-- Papers are invoices and the credit notes that correct them. Each names its seller as it was.
ALTER TABLE billing.invoice_drafts
    ADD COLUMN kind text NOT NULL DEFAULT 'invoice' CHECK (kind IN ('invoice', 'credit_note')),
    ADD COLUMN seller jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN preceding_id uuid,
    ADD CONSTRAINT invoice_drafts_preceding CHECK ((kind = 'credit_note') = (preceding_id IS NOT NULL)),
    DROP CONSTRAINT invoice_drafts_order_id_key;
CREATE UNIQUE INDEX invoice_drafts_of_order ON billing.invoice_drafts (order_id) WHERE kind = 'invoice';
ALTER TABLE billing.invoices
    ADD COLUMN kind text NOT NULL DEFAULT 'invoice' CHECK (kind IN ('invoice', 'credit_note')),
    ADD COLUMN seller jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN preceding_id uuid,
    ADD COLUMN content_hash bytea,
    ADD CONSTRAINT invoices_preceding CHECK ((kind = 'credit_note') = (preceding_id IS NOT NULL)),
    DROP CONSTRAINT invoices_order_id_key;
CREATE UNIQUE INDEX invoices_of_order ON billing.invoices (order_id) WHERE kind = 'invoice';
CREATE INDEX invoices_corrected ON billing.invoices (preceding_id) WHERE preceding_id IS NOT NULL;

-- +goose StatementBegin
-- The hash of everything that an issued paper says.
CREATE FUNCTION billing.paper_hash(p billing.invoices) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(p.kind || E'\n' || p.series || E'\n' || p.number || E'\n' || extract(epoch FROM p.issued_at) || E'\n'
        || extract(epoch FROM p.captured_at) || E'\n' || coalesce(p.preceding_id::text, '') || E'\n' || p.order_id || E'\n' || p.account_id
        || E'\n' || p.seller::text || E'\n' || p.paper::text, 'UTF8'))
$$;
-- +goose StatementEnd
UPDATE billing.invoices i SET content_hash = billing.paper_hash(i);
ALTER TABLE billing.invoices ALTER COLUMN content_hash SET NOT NULL;

-- Refunds from before there were credit notes were whole.
INSERT INTO billing.invoice_drafts (id, kind, order_id, payment_id, account_id, seller, paper, captured_at, preceding_id)
SELECT r.id, 'credit_note', r.order_id, r.payment_id, r.account_id, i.seller, i.paper, r.updated_at, i.id
FROM billing.refunds r JOIN billing.payments p ON p.id = r.payment_id AND p.status = 'captured'
    JOIN (SELECT id, payment_id, seller, paper FROM billing.invoices
        UNION ALL SELECT id, payment_id, seller, paper FROM billing.invoice_drafts) AS i ON i.payment_id = p.id
WHERE r.status = 'succeeded';

-- Buyers' complaints at their banks.
CREATE TABLE billing.disputes (
    id           uuid PRIMARY KEY,
    payment_id   uuid        NOT NULL REFERENCES billing.payments,
    order_id     uuid        NOT NULL,
    account_id   uuid        NOT NULL,
    provider     text        NOT NULL,
    provider_ref text        NOT NULL,
    amount       bigint      NOT NULL CHECK (amount >= 0),
    currency     char(3)     NOT NULL,
    status       text        NOT NULL CHECK (status IN ('opened', 'won', 'lost')),
    turns        int         NOT NULL CHECK (turns > 0), -- how often the status was new
    news_at      timestamptz NOT NULL,                   -- when the newest news happened
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    UNIQUE (provider, provider_ref)
);
CREATE INDEX disputes_of_order ON billing.disputes (order_id, id);
CREATE INDEX disputes_of_payment ON billing.disputes (payment_id, id);

-- Whom payments and refunds say nothing of any more, whatever is still to come.
CREATE TABLE billing.erased_accounts (
    account_id uuid PRIMARY KEY,
    erased_at  timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON billing.disputes TO coinslot_app;
GRANT SELECT, INSERT ON billing.erased_accounts TO coinslot_app;

-- +goose Down
DROP TABLE billing.erased_accounts, billing.disputes;
DELETE FROM billing.invoice_documents WHERE invoice_id IN (SELECT id FROM billing.invoices WHERE kind = 'credit_note');
DELETE FROM billing.invoices WHERE kind = 'credit_note';
DELETE FROM billing.invoice_drafts WHERE kind = 'credit_note';
DROP FUNCTION billing.paper_hash;
DROP INDEX billing.invoices_of_order, billing.invoices_corrected, billing.invoice_drafts_of_order;
ALTER TABLE billing.invoices
    DROP CONSTRAINT invoices_preceding, DROP COLUMN content_hash, DROP COLUMN preceding_id, DROP COLUMN seller, DROP COLUMN kind,
    ADD CONSTRAINT invoices_order_id_key UNIQUE (order_id);
ALTER TABLE billing.invoice_drafts
    DROP CONSTRAINT invoice_drafts_preceding, DROP COLUMN preceding_id, DROP COLUMN seller, DROP COLUMN kind,
    ADD CONSTRAINT invoice_drafts_order_id_key UNIQUE (order_id);
ALTER TABLE billing.payments DROP COLUMN fee;
DROP INDEX billing.refunds_of_payment, billing.refunds_asked, billing.refunds_key;
DELETE FROM billing.refunds WHERE requested_by IS NOT NULL;
UPDATE billing.payments p SET returned = (SELECT coalesce(sum(r.amount), 0) FROM billing.refunds r WHERE r.payment_id = p.id AND r.status <> 'failed');
ALTER TABLE billing.refunds DROP COLUMN lines, DROP COLUMN body_hash, DROP COLUMN requested_by;
CREATE UNIQUE INDEX refunds_key ON billing.refunds (payment_id, key);
