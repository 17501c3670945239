-- +goose Up
-- The number as documents show it, such as INV-AT-2026-000042.
-- +goose StatementBegin
CREATE FUNCTION billing.document_number(series text, number bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT series || '-' || lpad(number::text, greatest(6, length(number::text)), '0')
$$;
-- +goose StatementEnd
GRANT EXECUTE ON FUNCTION billing.document_number(text, bigint) TO coinslot_app;

-- An export of documents, and its documents in batches. The files are rendered while the export is prepared and are
-- stored with their documents; a download makes the ZIP from them.
CREATE TABLE billing.document_exports (
    id           uuid PRIMARY KEY,
    requested_by uuid        NOT NULL, -- an account of the staff
    kinds        text[]      NOT NULL,
    formats      text[]      NOT NULL,
    locale       text        NOT NULL,
    from_at      timestamptz NOT NULL,
    to_at        timestamptz NOT NULL,
    status       text        NOT NULL CHECK (status IN ('preparing', 'ready', 'failed')),
    batch_size   int         NOT NULL CHECK (batch_size > 0),
    total        int         NOT NULL CHECK (total >= 0),
    done         int         NOT NULL CHECK (done BETWEEN 0 AND total),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX document_exports_expiring ON billing.document_exports (expires_at);
CREATE TABLE billing.document_export_batches (
    export_id uuid   NOT NULL REFERENCES billing.document_exports ON DELETE CASCADE,
    position  int    NOT NULL CHECK (position >= 0),
    documents uuid[] NOT NULL,
    PRIMARY KEY (export_id, position)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON billing.document_exports TO coinslot_app;
GRANT SELECT, INSERT, DELETE ON billing.document_export_batches TO coinslot_app;

-- +goose Down
DROP TABLE billing.document_export_batches, billing.document_exports;
DROP FUNCTION billing.document_number;
