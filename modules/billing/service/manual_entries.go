package service

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"
)

// ProposeEntry is a manual journal entry that a member of the staff proposes.
type ProposeEntry struct {
	AuthorID id.ID
	Key      string // idempotency key of the author
	Debit    domain.Account
	Credit   domain.Account
	Amount   money.Money
	Reason   string
}

// ProposeEntry stores a proposed entry. The same key and entry return the stored one as it stands now; replayed is true
// then. domain.ErrManualEntry, billing.ErrKeyReused.
func (s *Service) ProposeEntry(ctx context.Context, c ProposeEntry) (e domain.ManualEntry, replayed bool, err error) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s", c.Debit, c.Credit, c.Amount, c.Reason))
	entry, err := domain.NewManualEntry(domain.ManualEntrySnapshot{
		ID: s.IDs.NewID(), AuthorID: c.AuthorID, Key: c.Key, BodyHash: sum[:], Debit: c.Debit, Credit: c.Credit,
		Amount: c.Amount, Reason: c.Reason, CreatedAt: s.Clock.Now(),
	}, s.Currency)
	if err != nil {
		return e, false, err
	}
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) (err error) {
		e, err = st.Manual.Insert(ctx, entry)
		return err
	})
	if err != nil {
		return e, false, err
	}
	if !bytes.Equal(e.Snapshot().BodyHash, sum[:]) {
		return e, false, billing.ErrKeyReused
	}
	return e, e.Snapshot().ID != entry.Snapshot().ID, nil
}

// DecideEntry approves or rejects a proposed entry for a member of the staff, and books an approved one.
// domain.ErrNoManualEntry, domain.ErrOwnEntry, domain.ErrEntryDecided.
func (s *Service) DecideEntry(ctx context.Context, entryID, staffID id.ID, status domain.ManualStatus,
) (entry domain.ManualEntry, err error) {
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) (err error) {
		if entry, err = st.Manual.Lock(ctx, entryID); err != nil {
			return err
		}
		changed, err := entry.Decide(status, staffID, s.Clock.Now())
		if err != nil || !changed {
			return err
		}
		if status == domain.ManualApproved {
			journal, err := entry.Book(s.IDs.NewID())
			if err != nil {
				return err
			}
			if err := st.Ledger.Post(ctx, journal); err != nil {
				return err
			}
		}
		return st.Manual.Update(ctx, entry)
	})
	return entry, err
}

// ManualEntries returns a page of the manual entries in a status, the newest first; empty: in any.
func (s *Service) ManualEntries(ctx context.Context, status domain.ManualStatus,
	request page.Request,
) (page.Page[domain.ManualEntry], error) {
	return s.Movements.ManualEntries(ctx, status, request)
}
