-- +goose Up
-- The charge requests of a payment, without those that were not sent. A requested payment with 0 can be canceled,
-- because the provider cannot know it. Whether an older payment was sent is not known, hence the default of 1.
ALTER TABLE billing.payments ADD COLUMN sends integer NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE billing.payments DROP COLUMN sends;
