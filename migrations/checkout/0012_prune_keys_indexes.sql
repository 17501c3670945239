-- +goose NO TRANSACTION
-- +goose Up
-- The keys of repeated payments are deleted after a time. The index finds the oldest; an interrupted build leaves an
-- invalid one, which the next one drops.
DROP INDEX CONCURRENTLY IF EXISTS checkout.attempts_repeated;
CREATE INDEX CONCURRENTLY attempts_repeated ON checkout.attempts (created_at) WHERE attempt > 1;

-- The store's role cannot delete attempts. This function has the rights of its owner, and deletes only keys with which
-- nothing can be paid any more: those of finished orders. An order keeps the key with which it was placed.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION checkout.prune_keys(before timestamptz, most int) RETURNS int LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog AS $$
    WITH old AS (
        SELECT a.order_id, a.attempt
        FROM checkout.attempts a JOIN checkout.orders o ON o.id = a.order_id
        WHERE a.attempt > 1 AND a.created_at < before AND o.updated_at < before
            AND o.status IN ('completed', 'canceled', 'partially_refunded', 'refunded')
        ORDER BY a.created_at LIMIT most),
    gone AS (
        DELETE FROM checkout.attempts a USING old
        WHERE a.order_id = old.order_id AND a.attempt = old.attempt RETURNING a.attempt)
    SELECT count(*)::int FROM gone
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION checkout.prune_keys(timestamptz, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION checkout.prune_keys(timestamptz, int) TO coinslot_app;

-- +goose Down
DROP FUNCTION IF EXISTS checkout.prune_keys(timestamptz, int);
DROP INDEX CONCURRENTLY IF EXISTS checkout.attempts_repeated;
