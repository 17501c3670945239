-- +goose Up
-- email_form is the address as it is compared; NULL: not computed yet, or an older account owns it.
ALTER TABLE identity.accounts ADD COLUMN email_form text, ADD COLUMN suspended_at timestamptz;

-- Most addresses are their own form: ASCII, and no domain in punycode. The store computes the others when it starts. An
-- address of that kind waits for it too when another one may have the same form.
UPDATE identity.accounts a SET email_form = a.email
WHERE a.erased_at IS NULL AND octet_length(a.email) = length(a.email) AND position('xn--' IN a.email) = 0
    AND NOT EXISTS (SELECT FROM identity.accounts o WHERE o.erased_at IS NULL AND octet_length(o.email) <> length(o.email)
        AND lower(normalize(o.email, NFKC)) = a.email);

-- Where an account has signed in: an IPv4 address, or the /64 of an IPv6 address.
CREATE TABLE identity.known_networks (
    account_id uuid        NOT NULL REFERENCES identity.accounts,
    network    text        NOT NULL,
    seen_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, network)
);
CREATE INDEX known_networks_seen ON identity.known_networks (seen_at);

-- Attempts that failed, as buckets that drain. A bucket's name is a hash: it tells neither who nor where.
CREATE TABLE identity.attempts (
    bucket   bytea PRIMARY KEY,
    empty_at timestamptz NOT NULL
);
CREATE INDEX attempts_empty ON identity.attempts (empty_at);


-- The previous release erases accounts without clearing email_form and known_networks.
-- +goose StatementBegin
CREATE FUNCTION identity.forget_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email_form := NULL;
    DELETE FROM identity.known_networks WHERE account_id = NEW.id;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER forget_erased BEFORE UPDATE OF erased_at ON identity.accounts
    FOR EACH ROW WHEN (NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL) EXECUTE FUNCTION identity.forget_erased();

GRANT SELECT, INSERT, UPDATE, DELETE ON identity.known_networks, identity.attempts TO coinslot_app;

-- +goose Down
DROP TRIGGER forget_erased ON identity.accounts;
DROP FUNCTION identity.forget_erased();
DROP TABLE identity.attempts, identity.known_networks;
ALTER TABLE identity.accounts DROP COLUMN suspended_at, DROP COLUMN email_form;
