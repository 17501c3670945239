-- +goose NO TRANSACTION
-- +goose Up
-- Indexes of large tables, built while stores run. An interrupted build leaves an invalid index: the next one drops it.
DROP INDEX CONCURRENTLY IF EXISTS identity.accounts_email_form;
CREATE UNIQUE INDEX CONCURRENTLY accounts_email_form ON identity.accounts (email_form) WHERE erased_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS identity.accounts_formless;
CREATE INDEX CONCURRENTLY accounts_formless ON identity.accounts (created_at, id) WHERE email_form IS NULL AND erased_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS identity.sessions_expiry;
CREATE INDEX CONCURRENTLY sessions_expiry ON identity.sessions (expires_at);
DROP INDEX CONCURRENTLY IF EXISTS identity.sessions_ended;
CREATE INDEX CONCURRENTLY sessions_ended ON identity.sessions (ended_at) WHERE ended_at IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS identity.refresh_tokens_of_session;
CREATE INDEX CONCURRENTLY refresh_tokens_of_session ON identity.refresh_tokens (session_id);
DROP INDEX CONCURRENTLY IF EXISTS identity.refresh_tokens_used;
CREATE INDEX CONCURRENTLY refresh_tokens_used ON identity.refresh_tokens (used_at) WHERE used_at IS NOT NULL;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS identity.refresh_tokens_used;
DROP INDEX CONCURRENTLY IF EXISTS identity.refresh_tokens_of_session;
DROP INDEX CONCURRENTLY IF EXISTS identity.sessions_ended;
DROP INDEX CONCURRENTLY IF EXISTS identity.sessions_expiry;
DROP INDEX CONCURRENTLY IF EXISTS identity.accounts_formless;
DROP INDEX CONCURRENTLY IF EXISTS identity.accounts_email_form;
