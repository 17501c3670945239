package mockpay

import (
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// backfill books the charges, refunds and disputes of a database that was made before there were balance transactions.
func (s *store) backfill(tx *bolt.Tx) error {
	type dated struct {
		movement
		at time.Time
	}
	var all []dated
	byID := map[string]Intent{}
	err := each(tx, intents, func(_ []byte, r record) error {
		byID[r.Intent.ID] = r.Intent
		if i := r.Intent; i.Status == statusSucceeded {
			all = append(all, dated{movement{typeCharge, i.Captured, i.Fee, i.ID, i}, i.CreatedAt})
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = each(tx, refunds, func(_ []byte, r Refund) error {
		if r.Status == statusSucceeded {
			all = append(all, dated{movement{typeRefund, -r.Amount, 0, r.ID, byID[r.Intent]}, r.CreatedAt})
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = each(tx, disputes, func(_ []byte, d Dispute) error {
		if d.Status != disputeWon { // when it was opened is not stored
			all = append(all, dated{movement{typeDispute, -d.Amount, 0, d.ID, byID[d.Intent]}, s.now()})
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b dated) int { return a.at.Compare(b.at) })
	for _, d := range all {
		if err := s.bookAt(tx, d.movement, d.at); err != nil {
			return err
		}
	}
	return nil
}
