-- +goose Up
-- The last run of each scheduled check: of the invariants, and of each reconciled day.
CREATE TABLE billing.check_runs (
    name        text        NOT NULL CHECK (name IN ('verify', 'reconcile')),
    subject     text        NOT NULL, -- the day of reconcile; all
    finished_at timestamptz NOT NULL DEFAULT now(),
    took        interval    NOT NULL,
    findings    bigint      NOT NULL CHECK (findings >= 0),
    unchecked   bigint      NOT NULL CHECK (unchecked >= 0), -- checks that did not end in time
    failure     text        NOT NULL, -- why the run failed; empty: it did not
    details     jsonb       NOT NULL,
    PRIMARY KEY (name, subject)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON billing.check_runs TO coinslot_app;

-- +goose Down
DROP TABLE billing.check_runs;
