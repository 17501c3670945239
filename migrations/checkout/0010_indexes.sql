-- +goose NO TRANSACTION
-- +goose Up
-- Indexes of large tables, built while stores run. An interrupted build leaves an invalid index: the next one drops it.
DROP INDEX CONCURRENTLY IF EXISTS checkout.orders_of_status;
CREATE INDEX CONCURRENTLY orders_of_status ON checkout.orders (status, id DESC);
DROP INDEX CONCURRENTLY IF EXISTS checkout.orders_in_review;
CREATE INDEX CONCURRENTLY orders_in_review ON checkout.orders (updated_at) WHERE status = 'manual_review';
DROP INDEX CONCURRENTLY IF EXISTS checkout.orders_declined;
CREATE INDEX CONCURRENTLY orders_declined ON checkout.orders (updated_at) WHERE status = 'declined';

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS checkout.orders_declined;
DROP INDEX CONCURRENTLY IF EXISTS checkout.orders_in_review;
DROP INDEX CONCURRENTLY IF EXISTS checkout.orders_of_status;
