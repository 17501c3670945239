-- +goose Up
ALTER TABLE billing.payments
    DROP CONSTRAINT payments_status_check,
    ADD CONSTRAINT payments_status_check CHECK (status IN ('requested', 'unknown', 'requires_action', 'captured', 'declined', 'canceled',
        'mismatched', 'captured_late')),
    ADD COLUMN captured bigint NOT NULL DEFAULT 0 CHECK (captured >= 0), -- what the provider took
    ADD COLUMN returned bigint NOT NULL DEFAULT 0,                       -- what goes or went back of it
    ADD COLUMN look_at timestamptz,                                      -- when to ask the provider once more
    ADD CONSTRAINT payments_returned_at_most CHECK (returned >= 0 AND returned <= captured);
UPDATE billing.payments SET captured = amount WHERE status = 'captured';
CREATE INDEX payments_look_at ON billing.payments (look_at) WHERE look_at IS NOT NULL;

-- Money that goes back. The key makes the same refund of a payment once.
CREATE TABLE billing.refunds (
    id           uuid PRIMARY KEY,
    payment_id   uuid        NOT NULL REFERENCES billing.payments,
    order_id     uuid        NOT NULL,
    account_id   uuid        NOT NULL,
    key          text        NOT NULL,
    amount       bigint      NOT NULL CHECK (amount >= 0),
    currency     char(3)     NOT NULL,
    status       text        NOT NULL CHECK (status IN ('requested', 'pending', 'succeeded', 'failed')),
    reason       text        NOT NULL,
    provider_ref text,
    look_at      timestamptz,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);
CREATE UNIQUE INDEX refunds_key ON billing.refunds (payment_id, key);
CREATE INDEX refunds_of_order ON billing.refunds (order_id);
CREATE INDEX refunds_of_account ON billing.refunds (account_id, id DESC);
CREATE INDEX refunds_look_at ON billing.refunds (look_at) WHERE look_at IS NOT NULL;

-- What happened to an order's money: for its timeline.
CREATE TABLE billing.history (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id   uuid        NOT NULL,
    at         timestamptz NOT NULL,
    what       text        NOT NULL,
    result     text        NOT NULL,
    request_id text        NOT NULL
);
CREATE INDEX history_of_order ON billing.history (order_id, id);

ALTER TABLE billing.webhook_events ADD COLUMN retry_at timestamptz; -- when to try again what no payment was known for
CREATE INDEX webhook_events_retry_at ON billing.webhook_events (retry_at) WHERE retry_at IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON billing.refunds TO coinslot_app;
GRANT SELECT, INSERT ON billing.history TO coinslot_app;

-- +goose Down
DROP INDEX billing.webhook_events_retry_at;
ALTER TABLE billing.webhook_events DROP COLUMN retry_at;
DROP TABLE billing.history, billing.refunds;
DROP INDEX billing.payments_look_at;
UPDATE billing.payments SET status = 'mismatched' WHERE status = 'captured_late';
ALTER TABLE billing.payments
    DROP CONSTRAINT payments_returned_at_most, DROP COLUMN look_at, DROP COLUMN returned, DROP COLUMN captured,
    DROP CONSTRAINT payments_status_check,
    ADD CONSTRAINT payments_status_check CHECK (status IN ('requested', 'unknown', 'requires_action', 'captured', 'declined', 'canceled',
        'mismatched'));
