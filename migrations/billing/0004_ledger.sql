-- +goose Up
-- The journal of double entry. An entry and its postings are added together and never changed; there is no running
-- balance for which buyers would queue.
CREATE TABLE billing.journal_entries (
    id          uuid PRIMARY KEY,
    source_type text        NOT NULL CHECK (source_type IN ('payment', 'refund', 'dispute')),
    source_id   text        NOT NULL,
    order_id    uuid        NOT NULL,
    at          timestamptz NOT NULL
);
CREATE UNIQUE INDEX journal_entries_source ON billing.journal_entries (source_type, source_id); -- an event is booked once
CREATE INDEX journal_entries_at ON billing.journal_entries (at, id);
CREATE INDEX journal_entries_of_order ON billing.journal_entries (order_id);

-- A debit is above zero, a credit below. No foreign key: the trigger looks after both sides in one go, and a key to an
-- account would be a row that all buyers lock.
CREATE TABLE billing.journal_postings (
    entry_id uuid    NOT NULL,
    position int     NOT NULL CHECK (position > 0),
    account  text    NOT NULL CHECK (account IN ('provider_clearing', 'dispute_reserve', 'tax_payable', 'customer_balances', 'revenue',
        'refunds', 'provider_fees', 'dispute_losses')),
    currency char(3) NOT NULL,
    amount   bigint  NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (entry_id, position)
);

-- +goose StatementBegin
CREATE FUNCTION billing.check_journal_entry(entry uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM billing.journal_entries WHERE id = entry)
        OR NOT EXISTS (SELECT FROM billing.journal_postings WHERE entry_id = entry)
        OR EXISTS (SELECT FROM billing.journal_postings WHERE entry_id = entry GROUP BY currency HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'journal entry % does not balance', entry USING ERRCODE = 'check_violation';
    END IF;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION billing.journal_entry_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing.check_journal_entry(NEW.id);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION billing.journal_posting_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing.check_journal_entry(NEW.entry_id);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER journal_entries_balance AFTER INSERT OR UPDATE ON billing.journal_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing.journal_entry_added();
-- The trigger above sees what comes with an entry; this one is for postings that come later.
CREATE CONSTRAINT TRIGGER journal_postings_balance AFTER INSERT OR UPDATE ON billing.journal_postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing.journal_posting_added();

-- Entries are chained off the buyer's path: each seal holds the hash of its entry and of the seal before it.
CREATE TABLE billing.journal_unsealed (
    entry_id uuid PRIMARY KEY
);
CREATE TABLE billing.journal_seals (
    position  bigint PRIMARY KEY CHECK (position > 0),
    entry_id  uuid        NOT NULL UNIQUE,
    previous  bytea       NOT NULL,
    hash      bytea       NOT NULL,
    sealed_at timestamptz NOT NULL
);

-- +goose StatementBegin
CREATE FUNCTION billing.journal_hash(previous bytea, entry uuid) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(previous || convert_to(e.id || E'\n' || e.source_type || E'\n' || e.source_id || E'\n' || e.order_id || E'\n'
        || extract(epoch FROM e.at) || E'\n' || (SELECT string_agg(p.position || ' ' || p.account || ' ' || p.currency || ' ' || p.amount, E'\n'
            ORDER BY p.position) FROM billing.journal_postings p WHERE p.entry_id = e.id), 'UTF8'))
    FROM billing.journal_entries e WHERE e.id = entry
$$;
-- +goose StatementEnd
-- +goose StatementBegin
-- What is wrong with the seals behind a position, as far as up to another one: one sentence each.
CREATE FUNCTION billing.broken_seals(behind bigint, up_to bigint) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT format('seal %s of entry %s does not fit what it seals', s.position, s.entry_id)
    FROM billing.journal_seals s LEFT JOIN billing.journal_seals b ON b.position = s.position - 1
    WHERE s.position > behind AND s.position <= up_to
        AND (s.previous <> CASE s.position WHEN 1 THEN ''::bytea ELSE coalesce(b.hash, '\x00'::bytea) END
            OR s.hash IS DISTINCT FROM billing.journal_hash(s.previous, s.entry_id))
$$;
-- +goose StatementEnd

-- What was captured and given back before there was a journal; nothing of it was taxed.
INSERT INTO billing.journal_entries (id, source_type, source_id, order_id, at)
SELECT id, 'payment', id::text, order_id, updated_at FROM billing.payments WHERE captured > 0
UNION ALL SELECT id, 'refund', id::text, order_id, updated_at FROM billing.refunds WHERE status = 'succeeded' AND amount > 0;
INSERT INTO billing.journal_postings (entry_id, position, account, currency, amount)
SELECT id, 1, 'provider_clearing', currency, captured FROM billing.payments WHERE captured > 0
UNION ALL SELECT id, 2, CASE status WHEN 'captured' THEN 'revenue' ELSE 'customer_balances' END, currency, -captured
    FROM billing.payments WHERE captured > 0
UNION ALL SELECT id, 1, 'provider_clearing', currency, -amount FROM billing.refunds WHERE status = 'succeeded' AND amount > 0
UNION ALL SELECT r.id, 2, CASE p.status WHEN 'captured' THEN 'refunds' ELSE 'customer_balances' END, r.currency, r.amount
    FROM billing.refunds r JOIN billing.payments p ON p.id = r.payment_id WHERE r.status = 'succeeded' AND r.amount > 0;
INSERT INTO billing.journal_unsealed SELECT id FROM billing.journal_entries;

GRANT SELECT, INSERT ON billing.journal_entries, billing.journal_postings, billing.journal_seals TO coinslot_app;
GRANT SELECT, INSERT, DELETE ON billing.journal_unsealed TO coinslot_app;

-- +goose Down
DROP FUNCTION billing.broken_seals, billing.journal_hash;
DROP TABLE billing.journal_seals, billing.journal_unsealed, billing.journal_postings, billing.journal_entries;
DROP FUNCTION billing.journal_posting_added, billing.journal_entry_added, billing.check_journal_entry;
