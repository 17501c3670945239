-- +goose Up
ALTER TABLE billing.history ADD COLUMN staff_id uuid; -- who asked for it, if it was staff
UPDATE billing.history h SET staff_id = r.requested_by
FROM billing.refunds r
WHERE h.what = 'refund.requested' AND r.order_id = h.order_id AND r.created_at = h.at AND r.requested_by <> r.account_id;

-- +goose Down
ALTER TABLE billing.history DROP COLUMN staff_id;
