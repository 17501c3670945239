package mockpay

import (
	"bytes"

	bolt "go.etcd.io/bbolt"
)

type refundRequest struct {
	Intent   string            `json:"intent" required:"true"`
	Amount   int64             `json:"amount" required:"true" minimum:"1" description:"In minor units"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

type refundKey struct {
	BodyHash []byte `json:"body_hash"`
	RefundID string `json:"refund_id"`
}

// refund creates the refund of an idempotency key, or returns the one that the key has created before. Pending refunds
// count as refunded.
func (s *store) refund(key string, bodyHash []byte, in refundRequest) (refund Refund, err error) {
	err = s.update(func(tx *bolt.Tx) error {
		var used refundKey
		found, err := get(tx, refundKeys, key, &used)
		if err != nil {
			return err
		}
		if found {
			if !bytes.Equal(used.BodyHash, bodyHash) {
				return errKeyReused
			}
			return mustGet(tx, refunds, used.RefundID, &refund)
		}
		var r record
		if err := mustGet(tx, intents, in.Intent, &r); err != nil {
			return err
		}
		if in.Amount <= 0 || r.Intent.Refunded+in.Amount > r.Intent.Captured {
			return errExceeds
		}
		refund = Refund{
			ID: newID("re"), Intent: r.Intent.ID, Reference: r.Intent.Reference, Amount: in.Amount,
			Currency: r.Intent.Currency, Status: statusSucceeded, Metadata: in.Metadata, CreatedAt: s.now(),
		}
		outcomes := map[string]string{verbRefundFails: statusFailed, verbRefundPending: statusSucceeded}
		for verb, outcome := range outcomes {
			step, ok := r.Steps.find(verb)
			if !ok || (verb == verbRefundFails && r.FailedRefunds >= step.Times) {
				continue
			}
			if verb == verbRefundFails {
				r.FailedRefunds++
			}
			refund.Status = statusPending
			if err := s.schedule(tx, step.after(), timer{Kind: timerRefund, ID: refund.ID, Outcome: outcome}); err != nil {
				return err
			}
		}
		r.Intent.Refunded += in.Amount
		if err := put(tx, intents, r.Intent.ID, r); err != nil {
			return err
		}
		if err := put(tx, refundKeys, key, refundKey{bodyHash, refund.ID}); err != nil {
			return err
		}
		return s.storeRefund(tx, refund, r.Steps)
	})
	return refund, err
}

func (s *store) storeRefund(tx *bolt.Tx, refund Refund, program steps) error {
	if err := put(tx, refunds, refund.ID, refund); err != nil {
		return err
	}
	if err := s.bookRefund(tx, refund); err != nil {
		return err
	}
	_, err := s.enqueue(tx, "refund."+refund.Status, refund, program)
	return err
}

func (s *store) findRefund(refundID string) (refund Refund, err error) {
	err = s.db.View(func(tx *bolt.Tx) error { return mustGet(tx, refunds, refundID, &refund) })
	return refund, err
}
