-- +goose Up
ALTER TABLE billing.payments
    ADD COLUMN return_url text; -- where the provider's page leads the buyer back to, until the outcome is final

-- +goose Down
ALTER TABLE billing.payments DROP COLUMN return_url;
