package mockpay

import (
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The statuses of a payout.
const (
	payoutPaid   = "paid"
	payoutFailed = "failed"
)

// Payout is a transfer of the balance in one currency to the merchant's bank account.
type Payout struct {
	ID        string    `json:"id" required:"true"`
	Amount    int64     `json:"amount" required:"true" description:"In minor units of the currency"`
	Currency  string    `json:"currency" required:"true"`
	Status    string    `json:"status" required:"true" enum:"paid,failed"`
	CreatedAt time.Time `json:"created_at" required:"true"`
}

// Fee is a fee that is of no charge, such as a monthly one.
type Fee struct {
	ID        string    `json:"id" required:"true"`
	Amount    int64     `json:"amount" required:"true" description:"In minor units of the currency"`
	Currency  string    `json:"currency" required:"true"`
	CreatedAt time.Time `json:"created_at" required:"true"`
}

const day = 24 * time.Hour

// payOutDaily pays out the balance once a day, at midnight UTC of the provider's clock.
func (s *store) payOutDaily() error {
	now := s.now()
	if s.nextPayout.Load() == 0 || now.UnixNano() < s.nextPayout.Load() {
		return nil
	}
	next := now.Truncate(day).Add(day).UnixNano()
	return s.update(func(tx *bolt.Tx) error {
		if _, err := s.payOut(tx); err != nil {
			return err
		}
		if err := put(tx, settings, nextPayoutKey, next); err != nil {
			return err
		}
		tx.OnCommit(func() { s.nextPayout.Store(next) })
		return nil
	})
}

// loadNextPayout reads the time of the next daily payout; a new database gets the next midnight.
func (s *store) loadNextPayout(tx *bolt.Tx) error {
	next := s.now().Truncate(day).Add(day).UnixNano()
	found, err := get(tx, settings, nextPayoutKey, &next)
	if err == nil && !found {
		err = put(tx, settings, nextPayoutKey, next)
	}
	s.nextPayout.Store(next)
	return err
}

// payOut makes a payout of the whole balance in each currency that has one above zero.
func (s *store) payOut(tx *bolt.Tx) (out []Payout, err error) {
	included := map[string][]Transaction{}
	sums := map[string]int64{}
	var currencies []string
	err = eachUnpaid(tx, func(t Transaction) error {
		if len(included[t.Currency]) == 0 {
			currencies = append(currencies, t.Currency)
		}
		included[t.Currency] = append(included[t.Currency], t)
		sums[t.Currency] += t.Net
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(currencies)
	out = []Payout{}
	for _, currency := range currencies {
		if sums[currency] <= 0 {
			continue
		}
		payout := Payout{
			ID: newID("po"), Amount: sums[currency], Currency: currency, Status: payoutPaid, CreatedAt: s.now(),
		}
		if err := s.makePayout(tx, payout, included[currency]); err != nil {
			return nil, err
		}
		out = append(out, payout)
	}
	return out, nil
}

// makePayout stores a payout, its own transaction and which transactions it includes.
func (s *store) makePayout(tx *bolt.Tx, payout Payout, included []Transaction) error {
	for _, t := range included {
		t.Payout = &payout.ID
		if err := tx.Bucket(unpaid).Delete([]byte(timeKey(t.CreatedAt, t.ID))); err != nil {
			return err
		}
		if err := putTransaction(tx, t); err != nil {
			return err
		}
	}
	err := putTransaction(tx, Transaction{
		ID: newID("txn"), Type: typePayout, Gross: -payout.Amount, Net: -payout.Amount, Currency: payout.Currency,
		Source: payout.ID, Payout: &payout.ID, CreatedAt: payout.CreatedAt,
	})
	if err != nil {
		return err
	}
	return s.storePayout(tx, payout)
}

func (s *store) storePayout(tx *bolt.Tx, payout Payout) error {
	if err := put(tx, payouts, payout.ID, payout); err != nil {
		return err
	}
	_, err := s.enqueue(tx, "payout."+payout.Status, payout, nil)
	return err
}

// failPayout returns a paid payout to the balance, as after a wrong account number. A failed one is left as it is.
func (s *store) failPayout(payoutID string) (payout Payout, err error) {
	err = s.update(func(tx *bolt.Tx) error {
		if err := mustGet(tx, payouts, payoutID, &payout); err != nil {
			return err
		}
		if payout.Status == payoutFailed {
			return nil
		}
		payout.Status = payoutFailed
		back := movement{typePayoutFailure, payout.Amount, 0, payout.ID, Intent{Currency: payout.Currency}}
		if err := s.book(tx, back); err != nil {
			return err
		}
		return s.storePayout(tx, payout)
	})
	return payout, err
}

// chargeFee deducts a fee that is of no charge.
func (s *store) chargeFee(amount int64, currency string) (fee Fee, err error) {
	err = s.update(func(tx *bolt.Tx) error {
		fee = Fee{ID: newID("fee"), Amount: amount, Currency: currency, CreatedAt: s.now()}
		if err := s.book(tx, movement{typeFee, -amount, 0, fee.ID, Intent{Currency: currency}}); err != nil {
			return err
		}
		_, err := s.enqueue(tx, "fee.created", fee, nil)
		return err
	})
	return fee, err
}

func (s *store) findPayout(payoutID string) (payout Payout, err error) {
	err = s.db.View(func(tx *bolt.Tx) error { return mustGet(tx, payouts, payoutID, &payout) })
	return payout, err
}

// listPayouts returns a page of the payouts, the oldest first.
func (s *store) listPayouts(after string, limit int) (page Page[Payout], err error) {
	page.Items = []Payout{}
	err = s.db.View(func(tx *bolt.Tx) error {
		cursor := tx.Bucket(payouts).Cursor()
		for key, _ := cursor.Seek([]byte(after)); key != nil; key, _ = cursor.Next() {
			if len(page.Items) == limit {
				next := string(key)
				page.NextCursor = &next
				return nil
			}
			var payout Payout
			if err := mustGet(tx, payouts, string(key), &payout); err != nil {
				return err
			}
			page.Items = append(page.Items, payout)
		}
		return nil
	})
	return page, err
}
