-- +goose Up
-- The bundles that hold a product are found by the product.
CREATE INDEX bundle_items_by_product ON catalog.bundle_items (product_id, bundle_id);

-- +goose Down
DROP INDEX catalog.bundle_items_by_product;
