package verify

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"coinslot/app/store"
	"coinslot/modules/billing/adapters/headfile"
	"coinslot/modules/billing/adapters/postgres"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/service"
	"coinslot/platform/clock"

	platform "coinslot/platform/postgres"
)

// Names of the findings of Ledger.
const (
	Seals = "S1" // the chain of hashes and the seals
	Heads = "S2" // the recorded heads
)

// LedgerScope says how much of the ledger is verified. The zero scope goes on from the last checkpoint, which a run
// without a violation records, and has no end.
type LedgerScope struct {
	Full  bool               // verify from the first entry: only then changes before the checkpoint are found
	Heads string             // a head file: also check that the seals and numbers that its heads name are unchanged
	For   time.Duration      // stop after this time, with a checkpoint; 0: at the end
	Show  func(domain.Chain) // called as the chain is verified; nil: not
}

// Ledger verifies the whole ledger, as CheckLedger does.
func Ledger(ctx context.Context, cfg store.Config, headFile string) ([]Finding, error) {
	return CheckLedger(ctx, cfg, LedgerScope{Full: true, Heads: headFile})
}

// CheckLedger verifies the chain of hashes and the seals of the ledger with the keys of the configuration, connected
// as the store's role. It returns an error when the head file cannot be read, was changed, is of another store, or
// names a key that the configuration does not have.
func CheckLedger(ctx context.Context, cfg store.Config, scope LedgerScope) ([]Finding, error) {
	keys, err := cfg.Ledger.Keys()
	if err != nil {
		return nil, fmt.Errorf("ledger.seal_keys: %w", err)
	}
	if len(keys) == 0 {
		return nil, errors.New("ledger.seal_keys is empty: the seals cannot be verified without the store's keys")
	}
	cfg.Database.StatementTimeout = statementTimeout
	db, err := platform.Open(cfg.Database, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // nothing depends on it
	l := ledger{
		service.New(service.Deps{Journal: postgres.NewJournal(db), Clock: clock.System{}, SealKeys: keys}), db,
	}
	sealed, err := l.verify(ctx, scope)
	if err != nil || scope.Heads == "" {
		return []Finding{sealed}, err
	}
	recorded, err := verifyHeads(ctx, l.Service, scope.Heads)
	return []Finding{sealed, recorded}, err
}

// ledger is the ledger of a database.
type ledger struct {
	*service.Service

	db *platform.DB
}

// statementTimeout is longer than that of requests.
const statementTimeout = time.Minute

// forever is later than any verification.
const forever = 10 * 365 * 24 * time.Hour

func (l ledger) verify(ctx context.Context, scope LedgerScope) (Finding, error) {
	found := Finding{Invariant: Invariant{
		Name: Seals, Promise: "The journal's chain of hashes is valid; each seal is authentic and matches what it covers.",
	}}
	from := domain.Checkpoint{}
	if !scope.Full {
		var err error
		if from, err = l.checkpoint(ctx); err != nil {
			return found, err
		}
	}
	if from.Sequence > 0 {
		found.Promise += fmt.Sprintf(" Verified from seal %d on, those before it at %s.", from.Sequence,
			from.At.Format(time.RFC3339))
	}
	until := time.Now().Add(forever)
	if scope.For > 0 {
		until = time.Now().Add(scope.For)
	}
	chain, err := l.VerifyChain(ctx, from.Position, until, scope.Show)
	if err != nil {
		return found, err
	}
	// The seal of the checkpoint is verified again: it covers the position from which the chain goes on.
	seals, err := l.VerifySeals(ctx, max(0, from.Sequence-1), until)
	found.Violations = append(chain.Broken, seals.Broken...)
	if err != nil || len(found.Violations) > 0 {
		return found, err
	}
	return found, l.advance(ctx, chain, seals)
}

func verifyHeads(ctx context.Context, s *service.Service, path string) (Finding, error) {
	found := Finding{Invariant: Invariant{
		Name: Heads, Promise: "Seals and numbers of documents are unchanged since each recorded head.",
	}}
	recorded, err := readHeads(ctx, s, path)
	if err != nil {
		return found, err
	}
	undone := 0
	for _, u := range domain.Undone(recorded) {
		if u {
			undone++
		}
	}
	if undone > 0 {
		found.Promise += fmt.Sprintf(" Of %d heads whose seals a restore has undone, only the numbers are checked.", undone)
	}
	broken, err := s.VerifyHeads(ctx, recorded)
	for i, of := range broken {
		for _, b := range of {
			found.Violations = append(found.Violations, fmt.Sprintf("line %d: %s", i+1, b))
		}
	}
	return found, err
}

// readHeads returns the heads of a file, each of them authentic and of this store.
func readHeads(ctx context.Context, s *service.Service, path string) ([]domain.Head, error) {
	recorded, err := headfile.Read(path)
	if err != nil {
		return nil, err
	}
	now, _, err := s.Head(ctx)
	if err != nil {
		return nil, err
	}
	for i, head := range recorded {
		if err := authenticate(head, now, s.SealKeys); err != nil {
			return nil, fmt.Errorf("line %d of %s %w", i+1, filepath.Base(path), err)
		}
	}
	return recorded, nil
}

// authenticate checks that a head was signed by this store.
func authenticate(head, now domain.Head, keys domain.SealKeys) error {
	err := keys.VerifyHead(head)
	switch {
	case head.StoreID != now.StoreID && err != nil:
		return fmt.Errorf("is of another store, %s, or was changed; this store is %s", head.StoreID, now.StoreID)
	case head.StoreID != now.StoreID:
		return fmt.Errorf("is of another store, %s; this store is %s", head.StoreID, now.StoreID)
	case errors.Is(err, domain.ErrSealKey):
		return fmt.Errorf("cannot be verified: %w; add that key to the keys of the configuration", err)
	case err != nil:
		return fmt.Errorf("was changed: %w", err)
	}
	return nil
}
