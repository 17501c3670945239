-- +goose Up
-- The country of the card's issuer, as the provider reports it: evidence of the buyer's country.
ALTER TABLE billing.payments ADD COLUMN card_country text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE billing.payments DROP COLUMN card_country;
