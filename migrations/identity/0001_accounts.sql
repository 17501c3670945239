-- +goose Up
CREATE TABLE identity.accounts (
    id            uuid PRIMARY KEY,
    email         text,
    handle        text,
    display_name  text        NOT NULL,
    password_hash text        NOT NULL,
    roles         text[]      NOT NULL,
    version       bigint      NOT NULL CHECK (version > 0),
    created_at    timestamptz NOT NULL,
    erased_at     timestamptz,
    -- An erased account keeps its ID, which invoices name, and nothing that tells a person.
    CHECK ((erased_at IS NULL) = (email IS NOT NULL AND handle IS NOT NULL))
);
CREATE UNIQUE INDEX accounts_email ON identity.accounts (email) WHERE erased_at IS NULL;
CREATE UNIQUE INDEX accounts_handle ON identity.accounts (handle) WHERE erased_at IS NULL;

-- A session is a family of refresh tokens, of which one at most is active.
CREATE TABLE identity.sessions (
    id           uuid PRIMARY KEY,
    account_id   uuid        NOT NULL REFERENCES identity.accounts,
    client       text        NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz
);
CREATE INDEX sessions_of_account ON identity.sessions (account_id, id) WHERE ended_at IS NULL;

CREATE TABLE identity.refresh_tokens (
    hash       bytea PRIMARY KEY,
    session_id uuid        NOT NULL REFERENCES identity.sessions ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE UNIQUE INDEX refresh_tokens_active ON identity.refresh_tokens (session_id) WHERE used_at IS NULL;

GRANT USAGE ON SCHEMA identity TO coinslot_app;
GRANT SELECT, INSERT, UPDATE ON identity.accounts TO coinslot_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.sessions, identity.refresh_tokens TO coinslot_app;

-- +goose Down
DROP TABLE identity.refresh_tokens, identity.sessions, identity.accounts;
