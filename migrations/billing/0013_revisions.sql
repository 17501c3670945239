-- +goose Up
-- Every change of a payment, or of its refunds and disputes, raises its revision. The sum over an order's payments is
-- the revision of the order's money. Consumers of billing's events ignore events of older revisions.
ALTER TABLE billing.payments ADD COLUMN revision bigint NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE billing.payments DROP COLUMN revision;
