-- +goose Up
-- NULL: nobody has proved that the address is the account's, or an earlier release created the account.
ALTER TABLE identity.accounts ADD COLUMN verified_at timestamptz;

-- Accounts that are erased at a time unless they are verified or have an order by then.
CREATE TABLE identity.unverified_accounts (
    account_id uuid PRIMARY KEY REFERENCES identity.accounts,
    expires_at timestamptz NOT NULL
);
CREATE INDEX unverified_accounts_expiry ON identity.unverified_accounts (expires_at);

-- Single-use links of mails. The token is not stored, only its hash.
CREATE TABLE identity.links (
    id              uuid PRIMARY KEY,
    hash            bytea       NOT NULL UNIQUE,
    purpose         text        NOT NULL,
    account_id      uuid REFERENCES identity.accounts,
    bound_to        text        NOT NULL, -- the account's address when the link was requested
    address         text        NOT NULL, -- the address that the link confirms
    expires_at      timestamptz NOT NULL,
    used_at         timestamptz
);
CREATE INDEX links_of_account ON identity.links (account_id);
CREATE INDEX links_expiry ON identity.links (expires_at);

-- Where an account has signed in with which client: hashes without personal data.
CREATE TABLE identity.known_devices (
    account_id uuid        NOT NULL REFERENCES identity.accounts,
    device     bytea       NOT NULL,
    seen_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, device)
);
CREATE INDEX known_devices_seen ON identity.known_devices (seen_at);

-- An earlier release erases accounts without deleting these rows.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION identity.forget_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email_form := NULL;
    NEW.verified_at := NULL;
    DELETE FROM identity.known_networks WHERE account_id = NEW.id;
    DELETE FROM identity.known_devices WHERE account_id = NEW.id;
    DELETE FROM identity.unverified_accounts WHERE account_id = NEW.id;
    DELETE FROM identity.links WHERE account_id = NEW.id;
    RETURN NEW;
END $$;
-- +goose StatementEnd

GRANT SELECT, INSERT, UPDATE, DELETE ON identity.links, identity.known_devices, identity.unverified_accounts
    TO coinslot_app;

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION identity.forget_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email_form := NULL;
    DELETE FROM identity.known_networks WHERE account_id = NEW.id;
    RETURN NEW;
END $$;
-- +goose StatementEnd
DROP TABLE identity.known_devices, identity.links, identity.unverified_accounts;
ALTER TABLE identity.accounts DROP COLUMN verified_at;
