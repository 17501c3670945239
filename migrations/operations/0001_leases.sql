-- +goose Up
-- Periodic work that one replica does at a time. Times are those of the database.
CREATE TABLE operations.leases (
    name        text PRIMARY KEY,
    holder      text        NOT NULL, -- host, process and a random part
    acquired_at timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);
GRANT USAGE ON SCHEMA operations TO coinslot_app;
GRANT SELECT, INSERT, UPDATE ON operations.leases TO coinslot_app;

-- +goose Down
DROP TABLE operations.leases;
