-- +goose NO TRANSACTION
-- +goose Up
-- Received webhooks are deleted after a time. The index finds the oldest; an interrupted build leaves an invalid one,
-- which the next one drops.
DROP INDEX CONCURRENTLY IF EXISTS billing.webhook_events_received_at;
CREATE INDEX CONCURRENTLY webhook_events_received_at ON billing.webhook_events (received_at);
GRANT DELETE ON billing.webhook_events TO coinslot_app;

-- +goose Down
REVOKE DELETE ON billing.webhook_events FROM coinslot_app;
DROP INDEX CONCURRENTLY IF EXISTS billing.webhook_events_received_at;
