-- +goose Up
-- Requests to charge that were begun, less those that were refused before they were sent. A requested payment with 0 can be
-- canceled: the provider cannot know of it. Of an older payment that is not known, hence 1.
ALTER TABLE billing.payments ADD COLUMN sends integer NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE billing.payments DROP COLUMN sends;
