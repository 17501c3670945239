-- +goose Up
-- The price in force is found by its start, no longer by its version.
CREATE INDEX price_versions_by_start ON catalog.price_versions (sellable_id, currency, valid_from DESC, version DESC);

-- +goose Down
DROP INDEX catalog.price_versions_by_start;
