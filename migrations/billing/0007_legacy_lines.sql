-- +goose Up
-- What invoices from before their lines had IDs do not say: the line's ID and its products, by position. Checkout's
-- migration 0006 fills it, because only orders know. The invoices stay as they were issued.
CREATE TABLE billing.legacy_lines (
    payment_id uuid PRIMARY KEY,
    lines      jsonb NOT NULL
);
GRANT SELECT ON billing.legacy_lines TO coinslot_app;

-- +goose Down
DROP TABLE billing.legacy_lines;
