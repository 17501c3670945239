package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/postgres"
)

// checkpointName is the row of operations.checkpoints.
const checkpointName = "ledger"

// checkpoint returns the seal up to which an earlier run has verified the ledger; the zero checkpoint: verify all of
// it. A checkpoint that was not signed by this store, or whose seal is no longer there, counts for nothing.
func (l ledger) checkpoint(ctx context.Context) (domain.Checkpoint, error) {
	none := domain.Checkpoint{}
	row, found, err := postgres.One[struct{ Value string }](ctx, l.db,
		`SELECT value::text AS value FROM operations.checkpoints WHERE name = $1`, checkpointName)
	if err != nil || !found {
		return none, err
	}
	var last domain.Checkpoint
	if json.Unmarshal([]byte(row.Value), &last) != nil || l.SealKeys.VerifyCheckpoint(last) != nil {
		return none, nil
	}
	now, _, err := l.Head(ctx)
	if err != nil || now.StoreID != last.StoreID {
		return none, err
	}
	hashes, err := l.Journal.SealHashes(ctx, []int64{last.Sequence})
	if err != nil || !bytes.Equal(hashes[last.Sequence], last.Hash) {
		return none, err
	}
	return last, nil
}

type verifiedSeal struct {
	Sequence int64
	Hash     []byte
	Position int64
}

// advance records that the chain and the seals have been verified so far.
func (l ledger) advance(ctx context.Context, chain domain.Chain, seals domain.SealCheck) error {
	last, found, err := postgres.One[verifiedSeal](ctx, l.db, `SELECT sequence, hash, chain_position AS position
		FROM billing.seals WHERE sequence <= $1 AND chain_position <= $2 ORDER BY sequence DESC LIMIT 1`,
		seals.Checked, chain.Checked)
	if err != nil || !found {
		return err
	}
	head, _, err := l.Head(ctx)
	if err != nil {
		return err
	}
	_, err = postgres.Exec(ctx, l.db, `INSERT INTO operations.checkpoints (name, value) VALUES ($1, $2::jsonb)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, checkpointName,
		postgres.JSON(l.SealKeys.SignCheckpoint(domain.Checkpoint{
			StoreID: head.StoreID, Sequence: last.Sequence, Hash: last.Hash, Position: last.Position,
			At: time.Now().UTC().Truncate(time.Microsecond),
		})))
	if err != nil {
		return fmt.Errorf("record how far the ledger was verified: %w", err)
	}
	return nil
}
