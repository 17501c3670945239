-- +goose Up
-- The ID of this store. Seals and heads name it, so that those of another store are told apart.
CREATE TABLE billing.store_identity (
    only_row boolean PRIMARY KEY DEFAULT TRUE CHECK (only_row),
    store_id uuid    NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO billing.store_identity DEFAULT VALUES;

-- A seal covers the journal's chain of hashes up to a position, the records of billing.sealed_records, and the seal
-- before it. Its hash is an HMAC whose key is not in the database.
CREATE TABLE billing.seals (
    sequence       bigint PRIMARY KEY CHECK (sequence > 0),
    key_id         text        NOT NULL,
    sealed_at      timestamptz NOT NULL,
    chain_position bigint      NOT NULL, -- 0: the journal was empty
    chain_hash     bytea       NOT NULL,
    records        int         NOT NULL,
    hash           bytea       NOT NULL
);
-- A document and a PDF never change and have version 0. A dispute has a version for each of its turns.
CREATE TABLE billing.sealed_records (
    kind      text   NOT NULL, -- document, pdf, dispute
    record_id uuid   NOT NULL,
    version   int    NOT NULL,
    sequence  bigint NOT NULL,
    digest    bytea  NOT NULL,
    PRIMARY KEY (kind, record_id, version)
);
CREATE INDEX sealed_records_of_seal ON billing.sealed_records (sequence);
-- Triggers fill the queue, so that it is complete while an earlier release runs alongside.
CREATE TABLE billing.unsealed_records (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      text NOT NULL,
    record_id uuid NOT NULL
);

-- +goose StatementBegin
CREATE FUNCTION billing.queue_documents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO billing.unsealed_records (kind, record_id) SELECT 'document', id FROM added;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION billing.queue_pdfs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO billing.unsealed_records (kind, record_id) SELECT 'pdf', invoice_id FROM added;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION billing.queue_disputes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO billing.unsealed_records (kind, record_id) SELECT 'dispute', id FROM added;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER invoices_queue AFTER INSERT ON billing.invoices
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing.queue_documents();
CREATE TRIGGER invoice_documents_queue AFTER INSERT ON billing.invoice_documents
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing.queue_pdfs();
CREATE TRIGGER disputes_insert_queue AFTER INSERT ON billing.disputes
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing.queue_disputes();
CREATE TRIGGER disputes_update_queue AFTER UPDATE ON billing.disputes
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing.queue_disputes();

INSERT INTO billing.unsealed_records (kind, record_id)
SELECT kind, id FROM (
    SELECT 1 AS n, 'document' AS kind, id, issued_at AS at FROM billing.invoices
    UNION ALL SELECT 2, 'pdf', invoice_id, NULL FROM billing.invoice_documents
    UNION ALL SELECT 3, 'dispute', id, created_at FROM billing.disputes) AS r
ORDER BY n, at, id;

-- The store's role posts entries of the present only. The owner, who migrates and generates data, may post older ones.
-- The margin is for the difference between the clocks of the store and of the database.
-- +goose StatementBegin
CREATE FUNCTION billing.refuse_past_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE EXCEPTION 'journal entry % is dated %, more than 15 minutes ago', NEW.id, NEW.at
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER journal_entries_date BEFORE INSERT ON billing.journal_entries
    FOR EACH ROW WHEN (NEW.at < now() - interval '15 minutes') EXECUTE FUNCTION billing.refuse_past_entry();

GRANT SELECT ON billing.store_identity TO coinslot_app;
GRANT SELECT, INSERT ON billing.seals, billing.sealed_records TO coinslot_app;
GRANT SELECT, INSERT, DELETE ON billing.unsealed_records TO coinslot_app;

-- +goose Down
DROP TRIGGER journal_entries_date ON billing.journal_entries;
DROP TRIGGER disputes_update_queue ON billing.disputes;
DROP TRIGGER disputes_insert_queue ON billing.disputes;
DROP TRIGGER invoice_documents_queue ON billing.invoice_documents;
DROP TRIGGER invoices_queue ON billing.invoices;
DROP FUNCTION billing.refuse_past_entry, billing.queue_disputes, billing.queue_pdfs, billing.queue_documents;
DROP TABLE billing.unsealed_records, billing.sealed_records, billing.seals, billing.store_identity;
