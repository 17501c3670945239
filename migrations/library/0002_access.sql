-- +goose Up
-- Why an entitlement ended, and since when it is withheld while a bank decides a dispute. A withheld one still is one:
-- nobody can buy the product again meanwhile. One that is covered waits: another order gives the same product already.
ALTER TABLE library.entitlements
    ADD COLUMN end_reason text NOT NULL DEFAULT '' CHECK (end_reason IN ('', 'covered', 'refund', 'dispute', 'erasure')),
    ADD COLUMN suspended_at timestamptz;
UPDATE library.entitlements SET end_reason = 'erasure' WHERE ended_at IS NOT NULL;
ALTER TABLE library.entitlements ADD CONSTRAINT entitlements_end CHECK ((ended_at IS NULL) = (end_reason = ''));

-- +goose Down
ALTER TABLE library.entitlements DROP CONSTRAINT entitlements_end, DROP COLUMN suspended_at, DROP COLUMN end_reason;
