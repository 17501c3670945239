-- +goose Up
-- One row per attempt to charge an order, written before the provider is called.
CREATE TABLE billing.payments (
    id           uuid PRIMARY KEY,
    order_id     uuid        NOT NULL,
    attempt      int         NOT NULL CHECK (attempt > 0),
    account_id   uuid        NOT NULL,
    amount       bigint      NOT NULL CHECK (amount >= 0),
    currency     char(3)     NOT NULL,
    status       text        NOT NULL CHECK (status IN ('requested', 'unknown', 'requires_action', 'captured', 'declined', 'canceled', 'mismatched')),
    method       text,       -- the provider's token, until the outcome is final
    provider     text        NOT NULL,
    provider_ref text,
    decline_code text        NOT NULL,
    brand        text        NOT NULL,
    last4        text        NOT NULL,
    action_type  text        NOT NULL,
    action_url   text        NOT NULL,
    paper        jsonb,      -- what the invoice will say, until the outcome is final
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    UNIQUE (order_id, attempt)
);
CREATE UNIQUE INDEX payments_provider_ref ON billing.payments (provider, provider_ref) WHERE provider_ref IS NOT NULL;
CREATE UNIQUE INDEX payments_captured_once ON billing.payments (order_id) WHERE status = 'captured';
CREATE INDEX payments_of_account ON billing.payments (account_id, id DESC);

-- Every webhook that was validly signed, once. What no payment is known for waits with applied_at NULL.
CREATE TABLE billing.webhook_events (
    provider    text        NOT NULL,
    event_id    text        NOT NULL,
    body        jsonb       NOT NULL,
    received_at timestamptz NOT NULL,
    applied_at  timestamptz,
    PRIMARY KEY (provider, event_id)
);

-- A draft is written with the capture, and becomes an invoice when it gets its number.
CREATE TABLE billing.invoice_drafts (
    id          uuid PRIMARY KEY,
    order_id    uuid        NOT NULL UNIQUE,
    payment_id  uuid        NOT NULL,
    account_id  uuid        NOT NULL,
    paper       jsonb       NOT NULL,
    captured_at timestamptz NOT NULL
);
CREATE INDEX invoice_drafts_oldest ON billing.invoice_drafts (captured_at, id);
CREATE INDEX invoice_drafts_of_account ON billing.invoice_drafts (account_id, id DESC);

CREATE TABLE billing.invoices (
    id           uuid PRIMARY KEY,
    order_id     uuid        NOT NULL UNIQUE,
    payment_id   uuid        NOT NULL,
    account_id   uuid        NOT NULL,
    series       text        NOT NULL,
    number       bigint      NOT NULL CHECK (number > 0),
    paper        jsonb       NOT NULL,
    captured_at  timestamptz NOT NULL,
    issued_at    timestamptz NOT NULL,
    UNIQUE (series, number)
);
CREATE INDEX invoices_of_account ON billing.invoices (account_id, id DESC);

-- An invoice's bytes, from when they were first asked for.
CREATE TABLE billing.invoice_documents (
    invoice_id uuid PRIMARY KEY REFERENCES billing.invoices,
    sha256     bytea NOT NULL,
    pdf        bytea NOT NULL
);

GRANT USAGE ON SCHEMA billing TO coinslot_app;
GRANT SELECT, INSERT, UPDATE ON billing.payments, billing.webhook_events TO coinslot_app;
GRANT SELECT, INSERT, DELETE ON billing.invoice_drafts TO coinslot_app;
-- Issued papers are never changed.
GRANT SELECT, INSERT ON billing.invoices, billing.invoice_documents TO coinslot_app;

-- +goose Down
DROP TABLE billing.invoice_documents, billing.invoices, billing.invoice_drafts, billing.webhook_events, billing.payments;
