-- +goose Up
-- +goose StatementBegin
-- As before, but without an EXISTS over postings: for that PostgreSQL likes to read a table from its beginning, hoping
-- to be lucky soon, and the postings of a new entry stand at its end.
CREATE OR REPLACE FUNCTION billing.check_journal_entry(entry uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM billing.journal_entries WHERE id = entry)
        OR (SELECT coalesce(bool_or(sum <> 0), TRUE)
            FROM (SELECT sum(amount) FROM billing.journal_postings WHERE entry_id = entry GROUP BY currency) AS sums) THEN
        RAISE EXCEPTION 'journal entry % does not balance', entry USING ERRCODE = 'check_violation';
    END IF;
END
$$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION billing.check_journal_entry(entry uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM billing.journal_entries WHERE id = entry)
        OR NOT EXISTS (SELECT FROM billing.journal_postings WHERE entry_id = entry)
        OR EXISTS (SELECT FROM billing.journal_postings WHERE entry_id = entry GROUP BY currency HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'journal entry % does not balance', entry USING ERRCODE = 'check_violation';
    END IF;
END
$$;
-- +goose StatementEnd
