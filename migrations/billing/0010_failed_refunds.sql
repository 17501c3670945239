-- +goose Up
-- A refund that the store owes may fail after staff has decided about its payment: so the payment remembers that one has
-- failed, until staff decides again.
ALTER TABLE billing.payments ADD COLUMN refund_failed boolean NOT NULL DEFAULT false;
UPDATE billing.payments p SET refund_failed = true
WHERE EXISTS (SELECT FROM billing.refunds r WHERE r.payment_id = p.id AND r.status = 'failed' AND r.requested_by IS NULL
    AND split_part(r.key, '#', 2) = CASE p.resolutions WHEN 0 THEN '' ELSE p.resolutions::text END);

-- +goose Down
ALTER TABLE billing.payments DROP COLUMN refund_failed;
