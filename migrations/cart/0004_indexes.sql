-- +goose NO TRANSACTION
-- +goose Up
-- Indexes of large tables, built while stores run. An interrupted build leaves an invalid index: the next one drops it.
DROP INDEX CONCURRENTLY IF EXISTS cart.lines_of_cart;
CREATE INDEX CONCURRENTLY lines_of_cart ON cart.lines (cart_id);

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS cart.lines_of_cart;
