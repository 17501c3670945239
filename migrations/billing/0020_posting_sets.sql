-- +goose Up
-- An entry is checked once, at the commit of the transaction that adds it. Its postings, which come with it, are not
-- checked one by one any more: only those of entries that were there before are, once for each statement and entry.
-- +goose StatementBegin
CREATE FUNCTION billing.journal_postings_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing.check_journal_entry(a.entry_id)
    FROM (SELECT DISTINCT entry_id FROM added) AS a LEFT JOIN billing.journal_entries e ON e.id = a.entry_id
    WHERE e.xmin IS DISTINCT FROM pg_current_xact_id()::xid;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER journal_postings_added AFTER INSERT ON billing.journal_postings
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing.journal_postings_added();
DROP TRIGGER journal_postings_balance ON billing.journal_postings;
CREATE CONSTRAINT TRIGGER journal_postings_balance AFTER UPDATE ON billing.journal_postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing.journal_posting_added();

-- +goose Down
DROP TRIGGER journal_postings_balance ON billing.journal_postings;
CREATE CONSTRAINT TRIGGER journal_postings_balance AFTER INSERT OR UPDATE ON billing.journal_postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing.journal_posting_added();
DROP TRIGGER journal_postings_added ON billing.journal_postings;
DROP FUNCTION billing.journal_postings_added;
