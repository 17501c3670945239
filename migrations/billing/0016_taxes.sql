-- +goose Up
-- The country of the card's issuer, as the provider reports it: evidence of the buyer's country.
ALTER TABLE billing.payments ADD COLUMN card_country text NOT NULL DEFAULT '';
-- A tax report reads the documents of a period.
CREATE INDEX invoices_captured ON billing.invoices (captured_at, id);

-- +goose Down
DROP INDEX billing.invoices_captured;
ALTER TABLE billing.payments DROP COLUMN card_country;
