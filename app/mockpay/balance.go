package mockpay

import (
	"bytes"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The types of balance transactions.
const (
	typeCharge          = "charge"
	typeAdjustment      = "adjustment" // of a captured amount
	typeRefund          = "refund"
	typeDispute         = "dispute"
	typeDisputeReversal = "dispute_reversal"
	typeDisputeFee      = "dispute_fee"
	typeFee             = "fee" // of no charge
	typePayout          = "payout"
	typePayoutFailure   = "payout_failure"
)

// Transaction is a change of the merchant's balance. Amounts are in minor units.
type Transaction struct {
	ID        string    `json:"id" required:"true"`
	Type      string    `json:"type" required:"true" enum:"charge,adjustment,refund,dispute,dispute_reversal,dispute_fee,fee,payout,payout_failure"`
	Gross     int64     `json:"gross" required:"true" description:"Above zero: it raises the balance"`
	Fee       int64     `json:"fee" required:"true" description:"Mockpay's fee"`
	Net       int64     `json:"net" required:"true" description:"Gross less fee: the change of the balance"`
	Currency  string    `json:"currency" required:"true"`
	Source    string    `json:"source" required:"true" description:"The intent, refund, dispute, fee or payout"`
	Intent    string    `json:"intent,omitempty" description:"Of a charge, refund or dispute"`
	Reference string    `json:"reference,omitempty" description:"Of the intent"`
	Payout    *string   `json:"payout" required:"true" description:"The payout that includes it; null: none yet"`
	CreatedAt time.Time `json:"created_at" required:"true"`
}

// Balance is the balance that is not paid out, in one currency.
type Balance struct {
	Currency string `json:"currency" required:"true"`
	Amount   int64  `json:"amount" required:"true" description:"In minor units of the currency"`
}

// movement is the part of a transaction that its cause knows.
type movement struct {
	kind   string
	gross  int64
	fee    int64
	source string
	intent Intent // without an ID for transactions of no intent
}

// timeKey orders transactions by time.
func timeKey(at time.Time, id string) string { return fmt.Sprintf("%020d/%s", at.UnixNano(), id) }

// book adds a transaction to the balance.
func (s *store) book(tx *bolt.Tx, m movement) error { return s.bookAt(tx, m, s.now()) }

func (s *store) bookAt(tx *bolt.Tx, m movement, at time.Time) error {
	return putTransaction(tx, Transaction{
		ID: newID("txn"), Type: m.kind, Gross: m.gross, Fee: m.fee, Net: m.gross - m.fee, Currency: m.intent.Currency,
		Source: m.source, Intent: m.intent.ID, Reference: m.intent.Reference, CreatedAt: at,
	})
}

// putTransaction stores a transaction with its indexes.
func putTransaction(tx *bolt.Tx, t Transaction) error {
	key := timeKey(t.CreatedAt, t.ID)
	if err := put(tx, transactions, key, t); err != nil {
		return err
	}
	if err := tx.Bucket(transactionSources).Put([]byte(t.Source+"/"+key), nil); err != nil {
		return err
	}
	if t.Payout != nil {
		return tx.Bucket(transactionPayouts).Put([]byte(*t.Payout+"/"+key), nil)
	}
	return tx.Bucket(unpaid).Put([]byte(key), nil)
}

// bookCharge books the capture of an intent, once.
func (s *store) bookCharge(tx *bolt.Tx, i Intent) error {
	prefix := []byte(i.ID + "/")
	if key, _ := tx.Bucket(transactionSources).Cursor().Seek(prefix); bytes.HasPrefix(key, prefix) {
		return nil
	}
	return s.book(tx, movement{typeCharge, i.Captured, i.Fee, i.ID, i})
}

// bookRefund books a refund when it succeeds.
func (s *store) bookRefund(tx *bolt.Tx, refund Refund) error {
	if refund.Status != statusSucceeded {
		return nil
	}
	intent := Intent{ID: refund.Intent, Reference: refund.Reference, Currency: refund.Currency}
	return s.book(tx, movement{typeRefund, -refund.Amount, 0, refund.ID, intent})
}

// bookDispute books the change of a dispute's status; before is empty for a new one, which costs the fee, too.
func (s *store) bookDispute(tx *bolt.Tx, d Dispute, before string) error {
	intent := Intent{ID: d.Intent, Reference: d.Reference, Currency: d.Currency}
	withheld := func(status string) bool { return status == disputeOpened || status == disputeLost }
	switch {
	case withheld(d.Status) && !withheld(before):
		if err := s.book(tx, movement{typeDispute, -d.Amount, 0, d.ID, intent}); err != nil {
			return err
		}
	case !withheld(d.Status) && withheld(before):
		if err := s.book(tx, movement{typeDisputeReversal, d.Amount, 0, d.ID, intent}); err != nil {
			return err
		}
	}
	if before != "" || d.Fee == 0 {
		return nil
	}
	return s.book(tx, movement{typeDisputeFee, -d.Fee, 0, d.ID, intent})
}

// eachUnpaid calls fn for the transactions that no payout includes, the oldest first.
func eachUnpaid(tx *bolt.Tx, fn func(t Transaction) error) error {
	cursor := tx.Bucket(unpaid).Cursor()
	for key, _ := cursor.First(); key != nil; key, _ = cursor.Next() {
		var t Transaction
		if err := mustGet(tx, transactions, string(key), &t); err != nil {
			return err
		}
		if err := fn(t); err != nil {
			return err
		}
	}
	return nil
}

// balance returns the balance in each currency.
func (s *store) balance() (out []Balance, err error) {
	out = []Balance{}
	err = s.db.View(func(tx *bolt.Tx) error {
		return eachUnpaid(tx, func(t Transaction) error {
			for i := range out {
				if out[i].Currency == t.Currency {
					out[i].Amount += t.Net
					return nil
				}
			}
			out = append(out, Balance{t.Currency, t.Net})
			return nil
		})
	})
	return out, err
}

// transactionsIn returns a page of the transactions of a period, the oldest first.
func (s *store) transactionsIn(w window) (page Page[Transaction], err error) {
	page.Items = []Transaction{}
	first := w.after
	if first == "" && !w.from.IsZero() {
		first = timeKey(w.from, "")
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		cursor := tx.Bucket(transactions).Cursor()
		for key, _ := cursor.Seek([]byte(first)); key != nil; key, _ = cursor.Next() {
			if !w.to.IsZero() && string(key) >= timeKey(w.to, "") {
				return nil
			}
			if len(page.Items) == w.limit {
				next := string(key)
				page.NextCursor = &next
				return nil
			}
			var t Transaction
			if err := mustGet(tx, transactions, string(key), &t); err != nil {
				return err
			}
			page.Items = append(page.Items, t)
		}
		return nil
	})
	return page, err
}

// transactionsOf returns a page of the transactions of a source or a payout, the oldest first.
func (s *store) transactionsOf(index []byte, of, after string, limit int) (page Page[Transaction], err error) {
	page.Items = []Transaction{}
	prefix := []byte(of + "/")
	err = s.db.View(func(tx *bolt.Tx) error {
		cursor := tx.Bucket(index).Cursor()
		for key, _ := cursor.Seek(append(prefix, after...)); bytes.HasPrefix(key, prefix); key, _ = cursor.Next() {
			name := string(key[len(prefix):])
			if len(page.Items) == limit {
				page.NextCursor = &name
				return nil
			}
			var t Transaction
			if err := mustGet(tx, transactions, name, &t); err != nil {
				return err
			}
			page.Items = append(page.Items, t)
		}
		return nil
	})
	return page, err
}
