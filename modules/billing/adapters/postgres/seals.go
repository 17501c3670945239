package postgres

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/postgres"
)

// frontRow is the end of the chain and the last seal.
type frontRow struct {
	StoreID       id.ID
	Sequence      int64
	Hash          []byte
	ChainPosition int64
	Position      int64
	ChainHash     []byte
}

const front = `SELECT i.store_id, coalesce(s.sequence, 0) AS sequence, s.hash,
		coalesce(s.chain_position, 0) AS chain_position, coalesce(c.position, 0) AS position, c.hash AS chain_hash
	FROM billing.store_identity i
		LEFT JOIN (SELECT * FROM billing.seals ORDER BY sequence DESC LIMIT 1) AS s ON TRUE
		LEFT JOIN (SELECT * FROM billing.journal_seals ORDER BY position DESC LIMIT 1) AS c ON TRUE`

// seal seals a batch of records and the chain as far as it goes. It returns how many records left the queue.
func (s ledger) seal(ctx context.Context, keys domain.SealKeys, limit int, now time.Time) (int, error) {
	last, _, err := postgres.One[frontRow](ctx, s.tx, front)
	if err != nil {
		return 0, fmt.Errorf("select the last seal: %w", err)
	}
	taken, fresh, err := s.take(ctx, last.Sequence+1, limit)
	if err != nil || (len(fresh) == 0 && last.Position == last.ChainPosition) {
		return taken, err
	}
	seal := keys.Sign(domain.Seal{
		StoreID: last.StoreID, Sequence: last.Sequence + 1, At: now.UTC().Truncate(time.Microsecond), Previous: last.Hash,
		ChainPosition: last.Position, ChainHash: last.ChainHash, Records: fresh,
	})
	_, err = postgres.Exec(ctx, s.tx, `INSERT INTO billing.seals
			(sequence, key_id, sealed_at, chain_position, chain_hash, records, hash)
		VALUES (@sequence, @key_id, @sealed_at, @chain_position, coalesce(@chain_hash, ''::bytea), @records, @hash)`,
		postgres.Named{
			"sequence": seal.Sequence, "key_id": seal.KeyID, "sealed_at": seal.At, "chain_position": seal.ChainPosition,
			"chain_hash": seal.ChainHash, "records": len(seal.Records), "hash": seal.Hash,
		})
	if err != nil {
		return 0, fmt.Errorf("insert seal: %w", err)
	}
	return taken, nil
}

type queuedRow struct {
	Kind     domain.RecordKind
	RecordID id.ID
}

// take removes records from the queue and adds those that are new to a seal. PostgreSQL looks the rows of an array up
// by the index; for IN it would read the whole queue in each batch.
func (s ledger) take(ctx context.Context, sequence int64, limit int) (taken int, fresh []domain.Record, err error) {
	queued, err := postgres.All[queuedRow](ctx, s.tx, `DELETE FROM billing.unsealed_records
		WHERE id = ANY(ARRAY(SELECT id FROM billing.unsealed_records ORDER BY id LIMIT $1)) RETURNING kind, record_id`, limit)
	if err != nil || len(queued) == 0 {
		return 0, nil, err
	}
	wanted := map[domain.RecordKind][]id.ID{}
	for _, q := range queued {
		wanted[q.Kind] = append(wanted[q.Kind], q.RecordID)
	}
	present, err := records(ctx, s.tx, wanted)
	if err != nil {
		return 0, nil, err
	}
	all := []recordJSON{}
	for _, of := range present {
		for _, r := range of {
			all = append(all, recordJSON{r.Kind, r.ID, r.Version, fmt.Sprintf("%x", r.Digest)})
		}
	}
	rows, err := postgres.All[recordRow](ctx, s.tx, `INSERT INTO billing.sealed_records
			(kind, record_id, version, sequence, digest)
		SELECT kind, record_id, version, $1, decode(digest, 'hex')
		FROM jsonb_to_recordset($2::jsonb) AS r (kind text, record_id uuid, version int, digest text)
		ON CONFLICT DO NOTHING RETURNING kind, record_id, version, sequence, digest`, sequence, postgres.JSON(all))
	if err != nil {
		return 0, nil, fmt.Errorf("insert sealed records: %w", err)
	}
	for _, r := range rows {
		fresh = append(fresh, r.record())
	}
	return len(queued), fresh, nil
}

type recordJSON struct {
	Kind    domain.RecordKind `json:"kind"`
	ID      id.ID             `json:"record_id"`
	Version int               `json:"version"`
	Digest  string            `json:"digest"` // in hex
}

type recordRow struct {
	Kind     domain.RecordKind
	RecordID id.ID
	Version  int
	Sequence int64
	Digest   []byte
}

func (r recordRow) record() domain.Record {
	return domain.Record{Kind: r.Kind, ID: r.RecordID, Version: r.Version, Digest: r.Digest}
}

// records returns records as they are now, by ID. Those that are absent are left out.
func records(ctx context.Context, c postgres.Conn,
	wanted map[domain.RecordKind][]id.ID,
) (map[id.ID][]domain.Record, error) {
	out := map[id.ID][]domain.Record{}
	for kind, read := range map[domain.RecordKind]func(context.Context, postgres.Conn, []id.ID) ([]domain.Record, error){
		domain.DocumentRecord: documentRecords, domain.PDFRecord: pdfRecords, domain.DisputeRecord: disputeRecords,
	} {
		if len(wanted[kind]) == 0 {
			continue
		}
		found, err := read(ctx, c, wanted[kind])
		if err != nil {
			return nil, fmt.Errorf("select records of the kind %s: %w", kind, err)
		}
		for _, r := range found {
			out[r.ID] = append(out[r.ID], r)
		}
	}
	return out, nil
}

func documentRecords(ctx context.Context, c postgres.Conn, ids []id.ID) ([]domain.Record, error) {
	type row struct {
		ID, OrderID, PaymentID, AccountID   id.ID
		Kind, Series, Seller, Paper, Before string
		Number                              int64
		CapturedAt, IssuedAt                time.Time
	}
	rows, err := postgres.All[row](ctx, c, `SELECT id, order_id, payment_id, account_id, kind, series, number,
			seller::text AS seller, paper::text AS paper, coalesce(preceding_id::text, '') AS before, captured_at, issued_at
		FROM billing.invoices WHERE id = ANY($1::uuid[])`, id.Strings(ids))
	out := make([]domain.Record, len(rows))
	for i, r := range rows {
		out[i] = domain.Record{Kind: domain.DocumentRecord, ID: r.ID, Digest: domain.Digest(
			r.ID.String(), r.OrderID.String(), r.PaymentID.String(), r.AccountID.String(), r.Kind, r.Series,
			strconv.FormatInt(r.Number, 10), r.Seller, r.Paper, r.Before, micros(r.CapturedAt), micros(r.IssuedAt))}
	}
	return out, err
}

func micros(t time.Time) string { return strconv.FormatInt(t.UnixMicro(), 10) }

// pdfRecords lets the database hash the PDFs, which are large, by its built-in function.
func pdfRecords(ctx context.Context, c postgres.Conn, ids []id.ID) ([]domain.Record, error) {
	type row struct {
		InvoiceID id.ID
		Digest    []byte
	}
	rows, err := postgres.All[row](ctx, c, `SELECT invoice_id, pg_catalog.sha256(pdf) AS digest
		FROM billing.invoice_documents WHERE invoice_id = ANY($1::uuid[])`, id.Strings(ids))
	out := make([]domain.Record, len(rows))
	for i, r := range rows {
		out[i] = domain.Record{Kind: domain.PDFRecord, ID: r.InvoiceID, Digest: r.Digest}
	}
	return out, err
}

// disputeRecords leaves out when the newest report happened: it changes without a new turn.
func disputeRecords(ctx context.Context, c postgres.Conn, ids []id.ID) ([]domain.Record, error) {
	rows, err := postgres.All[disputeRow](ctx, c,
		`SELECT `+disputeColumns+` FROM billing.disputes WHERE id = ANY($1::uuid[])`, id.Strings(ids))
	out := make([]domain.Record, len(rows))
	for i, r := range rows {
		out[i] = domain.Record{Kind: domain.DisputeRecord, ID: r.ID, Version: r.Turns, Digest: domain.Digest(
			r.ID.String(), r.PaymentID.String(), r.OrderID.String(), r.AccountID.String(), r.Provider, r.ProviderRef,
			strconv.FormatInt(r.Amount, 10), string(r.Currency), string(r.Status), strconv.Itoa(r.Turns), micros(r.CreatedAt))}
	}
	return out, err
}

type sealRow struct {
	Sequence      int64
	KeyID         string
	SealedAt      time.Time
	ChainPosition int64
	ChainHash     []byte
	Hash          []byte
	Previous      []byte
	Chain         []byte
	StoreID       id.ID
}

// batchSeals bounds the seals that one statement reads.
const batchSeals = 1000

// Seals returns the seals after a sequence, each with what it covers as it is now.
func (j *Journal) Seals(ctx context.Context, behind int64, limit int, late time.Time) (domain.SealPage, error) {
	type counts struct{ Count, Last, Late int64 }
	n, _, err := postgres.One[counts](ctx, j.db, `SELECT (SELECT count(*) FROM billing.seals) AS count,
		(SELECT coalesce(max(sequence), 0) FROM billing.seals) AS last,
		(SELECT count(*) FROM billing.journal_seals WHERE sealed_at < $1 AND position >
			coalesce((SELECT chain_position FROM billing.seals ORDER BY sequence DESC LIMIT 1), 0)) AS late`, late)
	if err != nil {
		return domain.SealPage{}, fmt.Errorf("count seals: %w", err)
	}
	rows, err := postgres.All[sealRow](ctx, j.db, `SELECT s.sequence, s.key_id, s.sealed_at, s.chain_position,
			s.chain_hash, s.hash, b.hash AS previous, c.hash AS chain, i.store_id
		FROM (SELECT *, sum(records) OVER (ORDER BY sequence) - records AS before
				FROM (SELECT * FROM billing.seals WHERE sequence > $1 ORDER BY sequence LIMIT $3) AS page) AS s
			CROSS JOIN billing.store_identity i
			LEFT JOIN billing.seals b ON b.sequence = s.sequence - 1
			LEFT JOIN billing.journal_seals c ON c.position = s.chain_position
		WHERE s.before < $2 ORDER BY s.sequence`, behind, limit, batchSeals)
	if err != nil {
		return domain.SealPage{}, fmt.Errorf("select seals: %w", err)
	}
	page := domain.SealPage{Count: n.Count, Last: n.Last, Late: n.Late}
	if len(rows) == 0 {
		return page, nil
	}
	for _, r := range rows {
		page.Batches = append(page.Batches, domain.SealedBatch{Chain: r.Chain, Seal: domain.Seal{
			StoreID: r.StoreID, Sequence: r.Sequence, KeyID: r.KeyID, At: r.SealedAt, Previous: r.Previous,
			ChainPosition: r.ChainPosition, ChainHash: r.ChainHash, Hash: r.Hash,
		}})
	}
	return page, j.cover(ctx, page.Batches)
}

// cover adds their records to seals, as they were sealed and as they are now.
func (j *Journal) cover(ctx context.Context, batches []domain.SealedBatch) error {
	first, last := batches[0].Sequence, batches[len(batches)-1].Sequence
	rows, err := postgres.All[recordRow](ctx, j.db, `SELECT kind, record_id, version, sequence, digest
		FROM billing.sealed_records WHERE sequence BETWEEN $1 AND $2`, first, last)
	if err != nil {
		return fmt.Errorf("select sealed records: %w", err)
	}
	bySequence, wanted := map[int64][]domain.Record{}, map[domain.RecordKind][]id.ID{}
	for _, r := range rows {
		bySequence[r.Sequence] = append(bySequence[r.Sequence], r.record())
		wanted[r.Kind] = append(wanted[r.Kind], r.RecordID)
	}
	present, err := records(ctx, j.db, wanted)
	for i := range batches {
		batches[i].Records, batches[i].Present = bySequence[batches[i].Sequence], present
	}
	return err
}

// Head returns the last seal and the last number of each series.
func (j *Journal) Head(ctx context.Context) (domain.Head, bool, error) {
	last, _, err := postgres.One[frontRow](ctx, j.db, front)
	if err != nil {
		return domain.Head{}, false, fmt.Errorf("select the last seal: %w", err)
	}
	head := domain.Head{StoreID: last.StoreID, Sequence: last.Sequence, Hash: last.Hash}
	rows, err := postgres.All[domain.SeriesNumber](ctx, j.db, `WITH RECURSIVE names AS (
			(SELECT series FROM billing.invoices ORDER BY series LIMIT 1)
			UNION ALL
			SELECT (SELECT series FROM billing.invoices WHERE series > n.series ORDER BY series LIMIT 1)
			FROM names n WHERE n.series IS NOT NULL)
		SELECT n.series, max(n.number) AS number
		FROM (
			SELECT series, (SELECT max(number) FROM billing.invoices i WHERE i.series = names.series) AS number
			FROM names WHERE series IS NOT NULL
			UNION ALL SELECT series, last FROM billing.lost_numbers) AS n
		GROUP BY n.series ORDER BY n.series COLLATE "C"`)
	if err != nil {
		return domain.Head{}, false, fmt.Errorf("select the last numbers: %w", err)
	}
	head.Numbers = rows
	return head, last.Sequence > 0, nil
}

// SealHashes returns the hashes of seals by their sequence.
func (j *Journal) SealHashes(ctx context.Context, sequences []int64) (map[int64][]byte, error) {
	type row struct {
		Sequence int64
		Hash     []byte
	}
	rows, err := postgres.All[row](ctx, j.db,
		`SELECT sequence, hash FROM billing.seals WHERE sequence = ANY($1::bigint[])`, sequences)
	if err != nil {
		return nil, fmt.Errorf("select seals: %w", err)
	}
	out := map[int64][]byte{}
	for _, r := range rows {
		out[r.Sequence] = r.Hash
	}
	return out, nil
}
