-- +goose Up
-- The sums of the sealed postings of each day (UTC), so that balances do not read the whole journal. A trigger adds
-- entries in the transaction that seals them, so the sums are exact while an earlier release runs alongside. Entries are
-- sealed by one transaction at a time: no buyer waits for a row.
CREATE TABLE billing.daily_balances (
    day      date    NOT NULL,
    account  text    NOT NULL,
    currency char(3) NOT NULL,
    amount   bigint  NOT NULL,
    PRIMARY KEY (day, account, currency)
);

-- +goose StatementBegin
-- The store's role cannot change the sums, so the function has the rights of its owner.
CREATE FUNCTION billing.add_daily_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO billing.daily_balances AS b (day, account, currency, amount)
    SELECT (e.at AT TIME ZONE 'UTC')::date, p.account, p.currency, sum(p.amount)
    FROM added a JOIN billing.journal_entries e ON e.id = a.entry_id JOIN billing.journal_postings p ON p.entry_id = e.id
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (day, account, currency) DO UPDATE SET amount = b.amount + excluded.amount;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER journal_seals_balances AFTER INSERT ON billing.journal_seals
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing.add_daily_balances();

-- The trigger's lock lets no entry be sealed until this transaction ends.
INSERT INTO billing.daily_balances (day, account, currency, amount)
SELECT (e.at AT TIME ZONE 'UTC')::date, p.account, p.currency, sum(p.amount)
FROM billing.journal_seals s JOIN billing.journal_entries e ON e.id = s.entry_id
    JOIN billing.journal_postings p ON p.entry_id = e.id
GROUP BY 1, 2, 3;

GRANT SELECT ON billing.daily_balances TO coinslot_app;

-- +goose Down
DROP TRIGGER journal_seals_balances ON billing.journal_seals;
DROP FUNCTION billing.add_daily_balances;
DROP TABLE billing.daily_balances;
