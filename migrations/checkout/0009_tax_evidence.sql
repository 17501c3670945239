-- +goose Up
-- How an order is treated for tax, and where its buyer's address was. Orders from before have no treatment: they are
-- taxed where their tax is above 0.
ALTER TABLE checkout.orders
    ADD COLUMN tax_treatment text NOT NULL DEFAULT '',
    ADD CONSTRAINT orders_tax_treatment_check
        CHECK (tax_treatment IN ('', 'taxed', 'reverse_charge', 'untaxed')) NOT VALID,
    ADD COLUMN ip_country text NOT NULL DEFAULT '',
    ADD COLUMN business jsonb; -- the buyer's company, until the order is paid or canceled

-- +goose Down
ALTER TABLE checkout.orders DROP COLUMN business, DROP COLUMN ip_country, DROP COLUMN tax_treatment;
