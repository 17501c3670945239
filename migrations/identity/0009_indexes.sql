-- +goose NO TRANSACTION
-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS identity.unverified_accounts_address;
CREATE INDEX CONCURRENTLY unverified_accounts_address ON identity.unverified_accounts (address) WHERE address <> '';

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS identity.unverified_accounts_address;
