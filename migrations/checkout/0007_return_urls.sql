-- +goose Up
ALTER TABLE checkout.orders
    ADD COLUMN return_url text; -- where the provider's page leads the buyer back to, until the outcome of the attempt is final

-- +goose Down
ALTER TABLE checkout.orders DROP COLUMN return_url;
