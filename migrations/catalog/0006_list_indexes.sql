-- +goose NO TRANSACTION
-- +goose Up
-- Lists by kind and by category are read in their order from an index. search.sql makes those by title, because they
-- depend on ICU. The index by category replaces sellables_by_category.
DROP INDEX CONCURRENTLY IF EXISTS catalog.sellables_newest_by_kind;
CREATE INDEX CONCURRENTLY sellables_newest_by_kind ON catalog.sellables (kind, created_at DESC, id DESC)
    WHERE archived_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS catalog.sellables_newest_by_category;
CREATE INDEX CONCURRENTLY sellables_newest_by_category ON catalog.sellables (category, created_at DESC, id DESC)
    WHERE archived_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS catalog.sellables_by_category;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS catalog.sellables_by_category_title;
DROP INDEX CONCURRENTLY IF EXISTS catalog.sellables_by_kind_title;
DROP INDEX CONCURRENTLY IF EXISTS catalog.sellables_by_category;
CREATE INDEX CONCURRENTLY sellables_by_category ON catalog.sellables (category) WHERE archived_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS catalog.sellables_newest_by_category;
DROP INDEX CONCURRENTLY IF EXISTS catalog.sellables_newest_by_kind;
