-- +goose Up
-- Every change of a payment, or of its refunds and disputes, raises its revision. The sum over an order's payments is the
-- revision of the order's money: consumers of billing's events ignore an event of an older revision than they know.
ALTER TABLE billing.payments ADD COLUMN revision bigint NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE billing.payments DROP COLUMN revision;
