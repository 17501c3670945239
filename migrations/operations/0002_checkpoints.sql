-- +goose Up
-- How far a check has come, so that the next one goes on from there. A value is signed with a key that is not in the
-- database.
CREATE TABLE operations.checkpoints (
    name  text  PRIMARY KEY,
    value jsonb NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON operations.checkpoints TO coinslot_app;

-- +goose Down
DROP TABLE operations.checkpoints;
