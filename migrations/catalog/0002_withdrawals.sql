-- +goose Up
-- A scheduled price that was withdrawn before it started. Its version stays in price_versions and is never used again.
CREATE TABLE catalog.price_withdrawals (
    sellable_id  uuid        NOT NULL,
    currency     char(3)     NOT NULL,
    version      int         NOT NULL,
    withdrawn_at timestamptz NOT NULL,
    PRIMARY KEY (sellable_id, currency, version),
    FOREIGN KEY (sellable_id, currency, version) REFERENCES catalog.price_versions
);
GRANT SELECT, INSERT ON catalog.price_withdrawals TO coinslot_app;

-- The prices that count. In force at a moment is the one with the greatest valid_from that is not later; ties go to the
-- greater version.
CREATE VIEW catalog.standing_prices AS
    SELECT v.* FROM catalog.price_versions v
    WHERE NOT EXISTS (SELECT FROM catalog.price_withdrawals w
        WHERE w.sellable_id = v.sellable_id AND w.currency = v.currency AND w.version = v.version);
GRANT SELECT ON catalog.standing_prices TO coinslot_app;

-- A bundle is not sold while one of its products is archived, unless staff said that it may be sold without.
ALTER TABLE catalog.sellables ADD COLUMN sold_without_archived boolean NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE catalog.sellables DROP COLUMN sold_without_archived;
DROP VIEW catalog.standing_prices;
DROP TABLE catalog.price_withdrawals;
