-- +goose Up
-- Staff lists the records of all accounts, by status and by order. Payments are captured and refunds succeed as a rule:
-- those are found newest first without an index of their own.
CREATE INDEX payments_of_status ON billing.payments (status, id DESC) WHERE status <> 'captured';
CREATE INDEX refunds_of_status ON billing.refunds (status, id DESC) WHERE status <> 'succeeded';
CREATE INDEX disputes_of_status ON billing.disputes (status, id DESC);
CREATE INDEX disputes_of_account ON billing.disputes (account_id, id DESC);
CREATE INDEX credit_notes_newest ON billing.invoices (id DESC) WHERE kind = 'credit_note';
CREATE INDEX credit_notes_of_order ON billing.invoices (order_id) WHERE kind = 'credit_note';

ALTER TABLE billing.history ADD COLUMN staff_id uuid; -- who asked for it, if it was staff
UPDATE billing.history h SET staff_id = r.requested_by
FROM billing.refunds r
WHERE h.what = 'refund.requested' AND r.order_id = h.order_id AND r.created_at = h.at AND r.requested_by <> r.account_id;

-- +goose Down
ALTER TABLE billing.history DROP COLUMN staff_id;
DROP INDEX billing.credit_notes_of_order, billing.credit_notes_newest, billing.disputes_of_account, billing.disputes_of_status,
    billing.refunds_of_status, billing.payments_of_status;
