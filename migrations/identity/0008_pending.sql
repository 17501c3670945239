-- +goose Up
-- The address of a pending registration, which nobody has confirmed; empty: there is none.
ALTER TABLE identity.unverified_accounts ADD COLUMN address text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE identity.unverified_accounts DROP COLUMN address;
