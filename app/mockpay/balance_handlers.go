package mockpay

import (
	"encoding/json"
	"net/http"

	bolt "go.etcd.io/bbolt"
)

type transactionsInput struct {
	Payout string `query:"payout" description:"Those that a payout includes; created_from and created_to are ignored"`
	Source string `query:"source" description:"Those of an intent, refund, dispute, fee or payout, as above"`
	From   string `query:"created_from" format:"date-time" description:"Transactions of this time or later"`
	To     string `query:"created_to" format:"date-time" description:"Transactions before this time"`
	Cursor string `query:"cursor" description:"The next_cursor of the previous page"`
}

type cursorInput struct {
	Cursor string `query:"cursor" description:"The next_cursor of the previous page"`
}

func (s *Server) balanceOperations() []operation {
	return []operation{
		{
			method: http.MethodGet, path: "/v1/balance", id: "get-balance", tag: tagPayments, summary: "Get the balance",
			description: "Returns the balance that is not paid out, in each currency.",
			output:      Page[Balance]{}, status: http.StatusOK, handler: s.getBalance,
		},
		{
			method: http.MethodGet, path: "/v1/balance_transactions", id: "list-balance-transactions", tag: tagPayments,
			summary: "List balance transactions",
			description: "Returns a page of all changes of the balance, the oldest first: of a period, of a payout or of a " +
				"source.",
			inputs: []any{transactionsInput{}}, output: Page[Transaction]{}, status: http.StatusOK,
			handler: s.listTransactions, failures: []int{http.StatusBadRequest},
		},
		{
			method: http.MethodGet, path: "/v1/payouts", id: "list-payouts", tag: tagPayments, summary: "List payouts",
			description: "Returns a page of the payouts, the oldest first. The balance is paid out each day at midnight UTC.",
			inputs:      []any{cursorInput{}}, output: Page[Payout]{}, status: http.StatusOK, handler: s.listPayouts,
		},
		{
			method: http.MethodGet, path: "/v1/payouts/{id}", id: "get-payout", tag: tagPayments, summary: "Get a payout",
			description: "Returns the current state of the payout.",
			inputs:      []any{idInput{}}, output: Payout{}, status: http.StatusOK, handler: s.getPayout,
			failures: []int{http.StatusNotFound},
		},
	}
}

func (s *Server) payoutControls() []operation {
	return []operation{
		{
			method: http.MethodPost, path: "/_payouts", id: "make-payouts", tag: tagScenarios,
			summary: "Pay out now", json: true, optional: true,
			description: "Pays out the balance in each currency that has one above zero, without waiting for midnight.",
			output:      Page[Payout]{}, status: http.StatusCreated, handler: s.makePayouts,
		},
		{
			method: http.MethodPost, path: "/_payouts/{id}/fail", id: "fail-payout", tag: tagScenarios,
			summary: "Let a payout fail", json: true,
			description: "Returns a paid payout to the balance, as after a wrong account number.",
			inputs:      []any{idInput{}}, output: Payout{}, status: http.StatusOK, handler: s.failPayout,
			failures: []int{http.StatusNotFound},
		},
		{
			method: http.MethodPost, path: "/_fees", id: "charge-fee", tag: tagScenarios,
			summary: "Charge a fee", json: true,
			description: "Deducts a fee that is of no charge from the balance, such as a monthly one.",
			inputs:      []any{feeRequest{}}, output: Fee{}, status: http.StatusCreated, handler: s.chargeFee,
			failures: []int{http.StatusBadRequest},
		},
	}
}

func (s *Server) getBalance(w http.ResponseWriter, _ *http.Request) {
	items, err := s.store.balance()
	respond(w, http.StatusOK, Page[Balance]{Items: items}, err)
}

func (s *Server) listTransactions(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for parameter, index := range map[string][]byte{"payout": transactionPayouts, "source": transactionSources} {
		if of := q.Get(parameter); of != "" {
			page, err := s.store.transactionsOf(index, of, q.Get("cursor"), listPage)
			respond(w, http.StatusOK, page, err)
			return
		}
	}
	within, ok := readWindow(w, q)
	if !ok {
		return
	}
	page, err := s.store.transactionsIn(within)
	respond(w, http.StatusOK, page, err)
}

func (s *Server) listPayouts(w http.ResponseWriter, r *http.Request) {
	page, err := s.store.listPayouts(r.URL.Query().Get("cursor"), listPage)
	respond(w, http.StatusOK, page, err)
}

func (s *Server) getPayout(w http.ResponseWriter, r *http.Request) {
	payout, err := s.store.findPayout(r.PathValue("id"))
	respond(w, http.StatusOK, payout, err)
}

func (s *Server) makePayouts(w http.ResponseWriter, _ *http.Request) {
	var made []Payout
	err := s.store.update(func(tx *bolt.Tx) (err error) {
		made, err = s.store.payOut(tx)
		return err
	})
	s.sender.notify()
	respond(w, http.StatusCreated, Page[Payout]{Items: made}, err)
}

func (s *Server) failPayout(w http.ResponseWriter, r *http.Request) {
	payout, err := s.store.failPayout(r.PathValue("id"))
	s.sender.notify()
	respond(w, http.StatusOK, payout, err)
}

type feeRequest struct {
	Amount   int64  `json:"amount" required:"true" minimum:"1" description:"In minor units"`
	Currency string `json:"currency" required:"true" minLength:"3" maxLength:"3" description:"ISO 4217"`
}

func (s *Server) chargeFee(w http.ResponseWriter, r *http.Request) {
	var in feeRequest
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil || in.Amount <= 0 || len(in.Currency) != 3 {
		respondError(w, http.StatusBadRequest, "bad_fee", `send {"amount": n, "currency": "USD"} with n above 0`)
		return
	}
	fee, err := s.store.chargeFee(in.Amount, in.Currency)
	s.sender.notify()
	respond(w, http.StatusCreated, fee, err)
}
