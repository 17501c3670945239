-- +goose Up
-- Products and bundles are one table: they share IDs, prices, slugs and their whole life.
CREATE TABLE catalog.sellables (
    id          uuid PRIMARY KEY,
    slug        text        NOT NULL,
    title       text        NOT NULL,
    description text        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('game', 'dlc', 'soundtrack', 'consumable', 'bundle')),
    category    text        NOT NULL,
    requires    uuid REFERENCES catalog.sellables,
    version     bigint      NOT NULL CHECK (version > 0),
    created_at  timestamptz NOT NULL,
    archived_at timestamptz,
    words       tsvector GENERATED ALWAYS AS
        (setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', description), 'B')) STORED,
    CHECK ((kind = 'dlc') = (requires IS NOT NULL))
);
CREATE UNIQUE INDEX sellables_slug ON catalog.sellables (slug);
CREATE INDEX sellables_words ON catalog.sellables USING gin (words);
CREATE INDEX sellables_newest ON catalog.sellables (created_at DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX sellables_by_title ON catalog.sellables (lower(title) COLLATE "C", id) WHERE archived_at IS NULL;
CREATE INDEX sellables_by_category ON catalog.sellables (category) WHERE archived_at IS NULL;

CREATE TABLE catalog.bundle_items (
    bundle_id  uuid NOT NULL REFERENCES catalog.sellables,
    position   int  NOT NULL,
    product_id uuid NOT NULL REFERENCES catalog.sellables,
    PRIMARY KEY (bundle_id, position),
    UNIQUE (bundle_id, product_id)
);

-- A price is never edited: the next one is a new version.
CREATE TABLE catalog.price_versions (
    sellable_id uuid        NOT NULL REFERENCES catalog.sellables,
    currency    char(3)     NOT NULL,
    version     int         NOT NULL CHECK (version > 0),
    amount      bigint      NOT NULL CHECK (amount >= 0),
    valid_from  timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (sellable_id, currency, version)
);

GRANT USAGE ON SCHEMA catalog TO coinslot_app;
GRANT SELECT, INSERT, UPDATE ON catalog.sellables TO coinslot_app;
GRANT SELECT, INSERT, DELETE ON catalog.bundle_items TO coinslot_app;
GRANT SELECT, INSERT ON catalog.price_versions TO coinslot_app;

-- +goose Down
DROP TABLE catalog.price_versions, catalog.bundle_items, catalog.sellables;
