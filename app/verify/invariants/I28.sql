-- The daily balances equal the sums of the sealed entries.
-- always
WITH sums AS (
        SELECT (e.at AT TIME ZONE 'UTC')::date AS day, p.account, p.currency, sum(p.amount) AS amount
        FROM billing.journal_seals s JOIN billing.journal_entries e ON e.id = s.entry_id
            JOIN billing.journal_postings p ON p.entry_id = e.id
        GROUP BY 1, 2, 3)
SELECT format('the balance of %s on %s is %s %s, and its sealed postings sum to %s %s', coalesce(b.account, s.account),
    coalesce(b.day, s.day), coalesce(b.amount, 0), coalesce(b.currency, s.currency), coalesce(s.amount, 0),
    coalesce(b.currency, s.currency)) AS violation
FROM billing.daily_balances b
    FULL JOIN sums s ON s.day = b.day AND s.account = b.account AND s.currency = b.currency
WHERE coalesce(b.amount, 0) <> coalesce(s.amount, 0)
