-- +goose Up
-- A guest is an account without an address, a handle and a password, until it registers. The constraint is not
-- validated, because that would read the whole table: rows of earlier releases satisfy the one that it replaces.
ALTER TABLE identity.accounts ADD COLUMN guest boolean NOT NULL DEFAULT false;
ALTER TABLE identity.accounts DROP CONSTRAINT accounts_check;
ALTER TABLE identity.accounts ADD CONSTRAINT accounts_identified
    CHECK (guest OR (erased_at IS NULL) = (email IS NOT NULL AND handle IS NOT NULL)) NOT VALID;

-- +goose Down
ALTER TABLE identity.accounts DROP CONSTRAINT accounts_identified;
ALTER TABLE identity.accounts ADD CONSTRAINT accounts_check
    CHECK ((erased_at IS NULL) = (email IS NOT NULL AND handle IS NOT NULL)) NOT VALID;
ALTER TABLE identity.accounts DROP COLUMN guest;
