package service

import (
	"context"
	"time"

	"coinslot/modules/billing/domain"
)

const (
	checkedRecords = 1000             // seals that one statement reads
	sealWithin     = 15 * time.Minute // time within which a position of the chain gets a seal
)

// VerifySeals checks the seals after a sequence, until all are checked, one is broken, or until has passed.
func (s *Service) VerifySeals(ctx context.Context, behind int64, until time.Time) (domain.SealCheck, error) {
	check := domain.SealCheck{Checked: behind}
	for {
		page, err := s.Journal.Seals(ctx, check.Checked, checkedRecords, s.Clock.Now().Add(-sealWithin))
		if err != nil {
			return check, err
		}
		check.Seals, check.Broken = page.Count, page.Broken()
		for _, batch := range page.Batches {
			check.Broken = append(check.Broken, s.SealKeys.Check(batch)...)
			check.Checked = batch.Sequence
		}
		if len(page.Batches) == 0 || len(check.Broken) > 0 || s.Clock.Now().After(until) {
			check.Broken = check.Broken[:min(len(check.Broken), maxBroken)]
			return check, nil
		}
	}
}

const maxBroken = 100 // violations that are returned

// Head returns the head of the ledger's seals; found is false while there is no seal.
func (s *Service) Head(ctx context.Context) (head domain.Head, found bool, err error) {
	head, found, err = s.Journal.Head(ctx)
	head.At = s.Clock.Now().Truncate(time.Microsecond)
	return head, found, err
}

// recordsHeads reports whether heads are recorded.
func (s *Service) recordsHeads() bool { return s.Heads != nil && len(s.SealKeys) > 0 }

// lastHead returns the last authentic head that was recorded of this store; the zero head: there is none.
func (s *Service) lastHead(ctx context.Context) (domain.Head, error) {
	last, found, err := s.Heads.Last(ctx)
	if err != nil || !found || s.SealKeys.VerifyHead(last) != nil {
		return domain.Head{}, err
	}
	now, _, err := s.Journal.Head(ctx)
	if err != nil || now.StoreID != last.StoreID {
		return domain.Head{}, err
	}
	return last, nil
}

// reserve records a head with reservations, and returns it.
func (s *Service) reserve(ctx context.Context, reserved []domain.SeriesNumber) (domain.Head, error) {
	head, _, err := s.Head(ctx)
	if err != nil {
		return domain.Head{}, err
	}
	head.Reserved = reserved
	head = s.SealKeys.SignHead(head)
	return head, s.Heads.Append(ctx, head)
}

// RecordHead appends the head of the ledger's seals to the log of heads, if it has changed. It logs an error if the
// head that was recorded before no longer matches the database.
func (s *Service) RecordHead(ctx context.Context) (recorded bool, err error) {
	if !s.recordsHeads() {
		return false, nil
	}
	head, found, err := s.Head(ctx)
	if err != nil || !found {
		return false, err
	}
	last, found, err := s.Heads.Last(ctx)
	if err != nil || (found && head.Same(last)) {
		return false, err
	}
	if found && last.StoreID == head.StoreID && s.SealKeys.VerifyHead(last) == nil {
		head.Reserved = last.Reserved
		broken, err := s.VerifyHeads(ctx, []domain.Head{last})
		if err != nil {
			return false, err
		}
		for _, b := range broken[0] {
			s.Log.ErrorContext(ctx, "the ledger was changed after its head was recorded", "violation", b)
		}
	}
	return true, s.Heads.Append(ctx, s.SealKeys.SignHead(head))
}

// VerifyHeads returns the violations of each recorded head: a seal that is missing or different, and a series of
// invoices whose last number is lower now. Seals that a restore of the database has undone are not compared. It does
// not verify the HMACs of the heads.
func (s *Service) VerifyHeads(ctx context.Context, heads []domain.Head) ([][]string, error) {
	now, _, err := s.Journal.Head(ctx)
	if err != nil {
		return nil, err
	}
	out := make([][]string, 0, len(heads))
	undone := domain.Undone(heads)
	for len(heads) > 0 {
		some := heads[:min(len(heads), checkedRecords)]
		heads = heads[len(some):]
		sequences := make([]int64, len(some))
		for i, h := range some {
			sequences[i] = h.Sequence
		}
		hashes, err := s.Journal.SealHashes(ctx, sequences)
		if err != nil {
			return nil, err
		}
		for _, h := range some {
			if undone[len(out)] {
				h.Sequence = 0
			}
			out = append(out, domain.CheckHead(h, hashes, now.Numbers))
		}
	}
	return out, nil
}
