-- +goose Up
-- What is covered is looked for whenever its product is granted or taken away.
CREATE INDEX entitlements_covered ON library.entitlements (account_id, product_id) WHERE NOT consumable AND end_reason = 'covered';

-- +goose Down
DROP INDEX library.entitlements_covered;
