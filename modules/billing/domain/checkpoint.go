package domain

import (
	"fmt"
	"time"

	"coinslot/platform/id"
)

// Checkpoint says that the journal's chain of hashes and the seals have been verified up to a seal.
type Checkpoint struct {
	StoreID  id.ID
	Sequence int64  // of the seal
	Hash     []byte // of the seal
	Position int64  // of the chain, which the seal covers
	At       time.Time
	KeyID    string
	MAC      []byte // HMAC-SHA-256 of all of it
}

func (c Checkpoint) text() string {
	return fmt.Sprintf("coinslot checkpoint 1\n%s\n%d\n%x\n%d\n%d\n%q\n", c.StoreID, c.Sequence, c.Hash, c.Position,
		c.At.UnixMicro(), c.KeyID)
}

// SignCheckpoint returns a checkpoint with its key and its HMAC. There must be a key.
func (k SealKeys) SignCheckpoint(c Checkpoint) Checkpoint {
	c.KeyID = k[0].ID
	c.MAC = mac(k[0].Secret, c.text())
	return c
}

// VerifyCheckpoint verifies the HMAC of a checkpoint. ErrSealKey, ErrSealHash.
func (k SealKeys) VerifyCheckpoint(c Checkpoint) error { return k.verify(c.KeyID, c.text(), c.MAC) }
