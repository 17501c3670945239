-- +goose Up
-- Where an account is taxed and which language its papers have; NULL: as the store is configured.
ALTER TABLE identity.accounts ADD COLUMN country char(2), ADD COLUMN language text;

-- +goose Down
ALTER TABLE identity.accounts DROP COLUMN language, DROP COLUMN country;
