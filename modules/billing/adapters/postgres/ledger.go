package postgres

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
	"coinslot/platform/page"
	"coinslot/platform/postgres"
)

const sealingLock = 0x7365616c73 // "seals"

type postingJSON struct {
	Account  domain.Account `json:"account"`
	Currency money.Currency `json:"currency"`
	Amount   int64          `json:"amount"`
}

type ledger struct{ tx *postgres.Tx }

func toPostings(e domain.JournalEntry) []postingJSON {
	out := make([]postingJSON, len(e.Postings))
	for i, p := range e.Postings {
		out[i] = postingJSON{p.Account, p.Amount.Currency(), p.Amount.Amount()}
	}
	return out
}

func entryValues(e domain.JournalEntry) postgres.Named {
	return postgres.Named{
		"id": e.ID, "source_type": e.SourceType, "source_id": e.SourceID, "order_id": e.OrderID, "at": e.At,
		"postings": postgres.JSON(toPostings(e)),
	}
}

func (s ledger) Post(ctx context.Context, e domain.JournalEntry) error {
	_, err := postgres.Exec(ctx, s.tx, `WITH entry AS (
			INSERT INTO billing.journal_entries (id, source_type, source_id, order_id, at)
			VALUES (@id, @source_type, @source_id, @order_id, @at)),
		unsealed AS (INSERT INTO billing.journal_unsealed (entry_id) VALUES (@id))
		INSERT INTO billing.journal_postings (entry_id, position, account, currency, amount)
		SELECT @id, n, p ->> 'account', p ->> 'currency', (p ->> 'amount')::bigint
		FROM jsonb_array_elements(@postings::jsonb) WITH ORDINALITY AS e (p, n)`, entryValues(e))
	if err != nil {
		return fmt.Errorf("post journal entry: %w", err)
	}
	return nil
}

func (s ledger) PostOnce(ctx context.Context, e domain.JournalEntry) (posted bool, err error) {
	n, err := postgres.Exec(ctx, s.tx, `WITH entry AS (
			INSERT INTO billing.journal_entries (id, source_type, source_id, order_id, at)
			VALUES (@id, @source_type, @source_id, @order_id, @at)
			ON CONFLICT (source_type, source_id) DO NOTHING RETURNING id),
		unsealed AS (INSERT INTO billing.journal_unsealed (entry_id) SELECT id FROM entry)
		INSERT INTO billing.journal_postings (entry_id, position, account, currency, amount)
		SELECT entry.id, n, p ->> 'account', p ->> 'currency', (p ->> 'amount')::bigint
		FROM entry, jsonb_array_elements(@postings::jsonb) WITH ORDINALITY AS e (p, n)`, entryValues(e))
	if err != nil {
		return false, fmt.Errorf("post journal entry once: %w", err)
	}
	return n > 0, nil
}

// Seal adds a batch of entries to the chain, then seals the chain and a batch of records.
func (s ledger) Seal(ctx context.Context, keys domain.SealKeys, limit int, now time.Time) (int, error) {
	query := mutant.SQL("seal-in-two-processes", `SELECT pg_try_advisory_xact_lock($1) AS mine`,
		"pg_try_advisory_xact_lock($1)", "$1::bigint > 0")
	row, _, err := postgres.One[struct{ Mine bool }](ctx, s.tx, query, int64(sealingLock))
	if err != nil || !row.Mine {
		return 0, err
	}
	entries, err := s.chain(ctx, limit, now)
	if err != nil || len(keys) == 0 {
		return entries, err
	}
	records, err := s.seal(ctx, keys, limit, now)
	return entries + records, err
}

// chain adds a batch of entries to the chain in one statement. The database computes the hashes, so that releases from
// before the seals continue the same chain.
func (s ledger) chain(ctx context.Context, limit int, now time.Time) (int, error) {
	n, err := postgres.Exec(ctx, s.tx, `WITH RECURSIVE batch AS MATERIALIZED (
			SELECT entry_id, row_number() OVER (ORDER BY entry_id) AS n
			FROM (SELECT entry_id FROM billing.journal_unsealed ORDER BY entry_id LIMIT $1) AS oldest),
		chain AS (
			SELECT 0::bigint AS n, coalesce(last.position, 0) AS position, last.entry_id, ''::bytea AS previous,
				coalesce(last.hash, ''::bytea) AS hash
			FROM (SELECT) AS one
			LEFT JOIN (SELECT * FROM billing.journal_seals ORDER BY position DESC LIMIT 1) AS last ON TRUE
			UNION ALL
			SELECT b.n, c.position + 1, b.entry_id, c.hash, billing.journal_hash(c.hash, b.entry_id)
			FROM chain c JOIN batch b ON b.n = c.n + 1),
		done AS (DELETE FROM billing.journal_unsealed WHERE entry_id IN (SELECT entry_id FROM batch))
		INSERT INTO billing.journal_seals (position, entry_id, previous, hash, sealed_at)
		SELECT position, entry_id, previous, hash, $2 FROM chain WHERE n > 0`, limit, now)
	if err != nil {
		return 0, fmt.Errorf("seal journal entries: %w", err)
	}
	return int(n), nil
}

// Journal reads the ledger.
type Journal struct{ db *postgres.DB }

// NewJournal returns the journal.
func NewJournal(db *postgres.DB) *Journal { return &Journal{db} }

// Balances returns the balance of each account and currency at a moment. Of earlier days it adds the daily sums, which
// have the sealed entries, and the entries that are not sealed yet.
func (j *Journal) Balances(ctx context.Context, at time.Time) ([]domain.Balance, error) {
	day := at.UTC().Truncate(24 * time.Hour)
	rows, err := postgres.All[postingJSON](ctx, j.db, `SELECT account, currency, sum(amount)::bigint AS amount FROM (
			SELECT account, currency, amount FROM billing.daily_balances WHERE day < $3::date
			UNION ALL SELECT p.account, p.currency, p.amount
			FROM billing.journal_entries e JOIN billing.journal_postings p ON p.entry_id = e.id
			WHERE e.at >= $2 AND e.at <= $1
			UNION ALL SELECT p.account, p.currency, p.amount
			FROM billing.journal_unsealed u JOIN billing.journal_entries e ON e.id = u.entry_id
				JOIN billing.journal_postings p ON p.entry_id = e.id
			WHERE e.at < $2) AS sums
		GROUP BY account, currency ORDER BY account, currency`, at, day, day.Format(time.DateOnly))
	if err != nil {
		return nil, fmt.Errorf("sum postings: %w", err)
	}
	out := make([]domain.Balance, len(rows))
	for i, r := range rows {
		out[i] = domain.Balance{Account: r.Account, Amount: money.Of(r.Amount, r.Currency)}
	}
	return out, nil
}

type entryRow struct {
	ID         id.ID
	SourceType string
	SourceID   string
	OrderID    id.ID
	At         time.Time
	Postings   []postingJSON `bun:"type:jsonb"`
}

func (r entryRow) entry() domain.JournalEntry {
	e := domain.JournalEntry{ID: r.ID, SourceType: r.SourceType, SourceID: r.SourceID, OrderID: r.OrderID, At: r.At.UTC()}
	for _, p := range r.Postings {
		e.Postings = append(e.Postings, domain.Posting{Account: p.Account, Amount: money.Of(p.Amount, p.Currency)})
	}
	return e
}

// position is the position of an entry in the order of the journal.
type position struct {
	At time.Time `json:"at"`
	ID id.ID     `json:"id"`
}

// latest is after every entry.
var latest = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

func positionOf(e domain.JournalEntry) position { return position{e.At, e.ID} }

// entries selects the entries of a query. behind continues its WHERE and has its ORDER BY and LIMIT, with the
// parameters @after_at, @after_id and @limit.
func (j *Journal) entries(ctx context.Context, q ports.JournalQuery, behind string, after position,
	limit int,
) ([]domain.JournalEntry, error) {
	named := postgres.Named{
		"from": orNone(q.From), "to": orNone(q.To), "after_at": after.At, "after_id": after.ID, "limit": limit,
	}
	filter, found := journalFilter(q, named)
	if !found {
		return nil, nil
	}
	rows, err := postgres.All[entryRow](ctx, j.db, `SELECT e.id, e.source_type, e.source_id, e.order_id, e.at,
			(SELECT jsonb_agg(p ORDER BY p.position) FROM billing.journal_postings p WHERE p.entry_id = e.id) AS postings
		FROM billing.journal_entries e
		WHERE e.at >= coalesce(@from::timestamptz, '-infinity') AND e.at < coalesce(@to::timestamptz, 'infinity')`+
		filter+` AND `+behind, named)
	if err != nil {
		return nil, fmt.Errorf("select journal entries: %w", err)
	}
	out := make([]domain.JournalEntry, len(rows))
	for i, r := range rows {
		out[i] = r.entry()
	}
	return out, nil
}

// journalFilter returns the conditions of a query and adds their values to named; found is false when nothing matches.
// The name of the account is a part of the text, because some accounts are in every entry and others are in few: with a
// parameter PostgreSQL would have one plan for both.
func journalFilter(q ports.JournalQuery, named postgres.Named) (clause string, found bool) {
	if q.OrderID != id.Nil {
		named["order_id"] = q.OrderID
		clause += ` AND e.order_id = @order_id`
	}
	if q.BuyerID != id.Nil {
		named["buyer_id"] = q.BuyerID
		clause += ` AND e.order_id IN (SELECT p.order_id FROM billing.payments p WHERE p.account_id = @buyer_id)`
	}
	if q.Account == "" {
		return clause, true
	}
	for _, heading := range domain.Chart() {
		if heading.Account == q.Account {
			return clause + fmt.Sprintf(` AND e.id IN (SELECT p.entry_id FROM billing.journal_postings p
				WHERE p.account = '%s')`, heading.Account), true
		}
	}
	return "", false
}

func orNone(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func orNoID(v id.ID) *id.ID {
	if v == id.Nil {
		return nil
	}
	return &v
}

// Entries returns a page of entries, the newest first.
func (j *Journal) Entries(ctx context.Context, q ports.JournalQuery,
	request page.Request,
) (page.Page[domain.JournalEntry], error) {
	after, ok, err := page.Decode[position](request.Cursor)
	if err != nil {
		return page.Page[domain.JournalEntry]{}, err
	}
	if !ok {
		after = position{latest, id.Max}
	}
	entries, err := j.entries(ctx, q, `(e.at, e.id) < (@after_at, @after_id) ORDER BY e.at DESC, e.id DESC LIMIT @limit`,
		after, request.Size()+1)
	return page.Cut(entries, request.Size(), func(e domain.JournalEntry) string { return page.Encode(positionOf(e)) }), err
}

// After returns entries after last, the oldest first.
func (j *Journal) After(ctx context.Context, q ports.JournalQuery, last *domain.JournalEntry,
	limit int,
) ([]domain.JournalEntry, error) {
	var after position
	if last != nil {
		after = positionOf(*last)
	}
	return j.entries(ctx, q, `(e.at, e.id) > (@after_at, @after_id) ORDER BY e.at, e.id LIMIT @limit`, after, limit)
}

// maxBroken bounds the violations that Verify returns.
const maxBroken = 100

type linkRow struct {
	Position int64
	EntryID  id.ID
	Previous []byte
	Hash     []byte
	Before   []byte
	entryRow `bun:",extend"`
}

// broken reports whether a position of the chain does not match its entry or the position before it.
func (r linkRow) broken() bool {
	return !bytes.Equal(r.Previous, r.Before) || (r.Position > 1 && r.Before == nil) ||
		!bytes.Equal(r.Hash, r.entry().Hash(r.Previous))
}

// Verify checks the chain after a position. It computes the hashes itself, because the owner of the database may
// replace the function that computes them there.
func (j *Journal) Verify(ctx context.Context, behind int64, limit int) (domain.Chain, error) {
	end, _, err := postgres.One[struct{ Last int64 }](ctx, j.db,
		`SELECT coalesce(max(position), 0) AS last FROM billing.journal_seals`)
	if err != nil {
		return domain.Chain{}, fmt.Errorf("verify the journal: %w", err)
	}
	links, err := postgres.All[linkRow](ctx, j.db, `SELECT s.position, s.entry_id, s.previous, s.hash, b.hash AS before,
			e.id, e.source_type, e.source_id, e.order_id, e.at,
			(SELECT jsonb_agg(p ORDER BY p.position) FROM billing.journal_postings p WHERE p.entry_id = e.id) AS postings
		FROM billing.journal_seals s LEFT JOIN billing.journal_seals b ON b.position = s.position - 1
			LEFT JOIN billing.journal_entries e ON e.id = s.entry_id
		WHERE s.position > $1 AND s.position <= $1::bigint + $2::bigint ORDER BY s.position`, behind, limit)
	if err != nil {
		return domain.Chain{}, fmt.Errorf("select the journal's chain: %w", err)
	}
	chain := domain.Chain{Sealed: end.Last, Checked: min(end.Last, behind+int64(limit))}
	for _, l := range links {
		if len(chain.Broken) < maxBroken && l.broken() {
			chain.Broken = append(chain.Broken, fmt.Sprintf("position %d of the chain does not match entry %s or position %d",
				l.Position, l.EntryID, l.Position-1))
		}
	}
	return chain, nil
}

// Count counts the entries. It reads three indexes as a whole, so it is called once for a verification.
func (j *Journal) Count(ctx context.Context) (domain.ChainCount, error) {
	count, _, err := postgres.One[domain.ChainCount](ctx, j.db, `SELECT
		(SELECT count(*) FROM billing.journal_entries) AS entries, (SELECT count(*) FROM billing.journal_seals) AS sealed,
		(SELECT count(*) FROM billing.journal_unsealed) AS waiting,
		(SELECT coalesce(max(position), 0) FROM billing.journal_seals) AS last`)
	if err != nil {
		return count, fmt.Errorf("count the entries of the journal: %w", err)
	}
	return count, nil
}
