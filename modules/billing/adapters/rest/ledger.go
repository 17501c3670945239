package rest

import (
	"context"
	"net/http"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/web"
)

type ledgerAccountDTO struct {
	Account  string      `json:"account"`
	Type     string      `json:"type" enum:"asset,liability,income,expense"`
	Purpose  string      `json:"purpose"`
	Balances []web.Money `json:"balances" nullable:"false" doc:"Debits minus credits, in each currency"`
}

type accountsInput struct {
	At time.Time `query:"at" doc:"The moment of the balances; default: now"`
}

type accountsOutput struct {
	Body struct {
		At    time.Time          `json:"at"`
		Items []ledgerAccountDTO `json:"items" nullable:"false"`
	}
}

type postingDTO struct {
	Account string    `json:"account"`
	Amount  web.Money `json:"amount" doc:"A debit above zero, a credit below"`
}

type journalEntryDTO struct {
	ID         string       `json:"id" format:"uuid"`
	SourceType string       `json:"source_type" enum:"payment,refund,dispute,resolution,fee,payout,manual"`
	SourceID   string       `json:"source_id" doc:"Unique per source_type: a source is booked once"`
	OrderID    string       `json:"order_id,omitempty" format:"uuid" doc:"Absent: the entry is of no order"`
	At         time.Time    `json:"at"`
	Postings   []postingDTO `json:"postings" nullable:"false" doc:"They sum to zero"`
}

func toEntry(e domain.JournalEntry) journalEntryDTO {
	out := journalEntryDTO{
		ID: e.ID.String(), SourceType: e.SourceType, SourceID: e.SourceID, OrderID: orderOf(e),
		At: e.At, Postings: []postingDTO{},
	}
	for _, p := range e.Postings {
		out.Postings = append(out.Postings, postingDTO{string(p.Account), web.FromMoney(p.Amount)})
	}
	return out
}

// orderOf returns the ID of an entry's order, or nothing.
func orderOf(e domain.JournalEntry) string {
	if e.OrderID == id.Nil {
		return ""
	}
	return e.OrderID.String()
}

// Period is the filter of the journal by time.
type Period struct {
	From time.Time `query:"from" doc:"Booked at that moment or later"`
	To   time.Time `query:"to" doc:"Booked before that moment"`
}

type entriesInput struct {
	web.PageQuery
	Period
	Account string `query:"account" maxLength:"40" doc:"Entries that touch this account"`
	OrderID string `query:"order_id" format:"uuid"`
}

type chainOutput struct {
	Body struct {
		Valid   bool     `json:"valid"`
		Entries int64    `json:"entries"`
		Sealed  int64    `json:"sealed" doc:"New entries are sealed within a second"`
		Checked int64    `json:"checked" doc:"Position of the last checked seal; less than sealed: continue with behind"`
		Broken  []string `json:"broken" nullable:"false" doc:"The violations, at most 100"`
	}
}

func registerLedger(api *web.API, h handlers) {
	op := func(path, operationID, summary string) web.Op {
		return web.Op{
			Access: web.Staff, Method: http.MethodGet, Path: "/v1/admin/ledger/" + path, ID: operationID,
			Summary: summary, Tag: "ledger",
		}
	}
	web.Register(api, op("accounts", "list-ledger-accounts", "List the ledger's accounts with their balances"), h.accounts)
	web.Register(api, op("entries", "list-ledger-entries", "List the journal's entries"), h.entries)
	export := op("entries.csv", "export-ledger-entries", "Download the journal of a period")
	web.Register(api, export, h.journal)
	web.AnswersWith(api, export, web.CSV)
	web.Register(api, op("verify", "verify-ledger", "Verify the journal's chain of hashes"), h.verify)
}

func (h handlers) accounts(ctx context.Context, in *accountsInput) (*accountsOutput, error) {
	balances, at, err := h.service.Balances(ctx, in.At)
	if err != nil {
		return nil, err
	}
	out := &accountsOutput{}
	out.Body.At = at
	for _, a := range domain.Chart() {
		dto := ledgerAccountDTO{string(a.Account), string(a.Type), a.Purpose, []web.Money{}}
		for _, b := range balances {
			if b.Account == a.Account {
				dto.Balances = append(dto.Balances, web.FromMoney(b.Amount))
			}
		}
		out.Body.Items = append(out.Body.Items, dto)
	}
	return out, nil
}

func (h handlers) entries(ctx context.Context, in *entriesInput) (*web.List[journalEntryDTO], error) {
	q := ports.JournalQuery{From: in.From, To: in.To, Account: domain.Account(in.Account)}
	if in.OrderID != "" {
		orderID, err := id.Parse(in.OrderID)
		if err != nil {
			return nil, domain.ErrNoEntries
		}
		q.OrderID = orderID
	}
	list := web.Path("/v1/admin/ledger/entries", map[string]string{
		"from": moment(in.From), "to": moment(in.To), "account": in.Account, "order_id": in.OrderID,
	})
	p, err := h.service.Entries(ctx, q, in.Request(list))
	if err != nil {
		return nil, err
	}
	return web.NewList(p, list, toEntry), nil
}

func (h handlers) journal(_ context.Context, in *Period) (*web.Table, error) {
	q := ports.JournalQuery{From: in.From, To: in.To}
	header := []string{"entry_id", "at", "source_type", "source_id", "order_id", "account", "debit", "credit", "currency"}
	return web.NewTable("journal.csv", header, func(ctx context.Context, write func(cells ...string) error) error {
		return h.service.Export(ctx, q, func(entries []domain.JournalEntry) error {
			for _, e := range entries {
				for _, p := range e.Postings {
					if err := write(postingCells(e, p)...); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}), nil
}

func postingCells(e domain.JournalEntry, p domain.Posting) []string {
	debit, credit := p.Amount.Decimal(), ""
	if p.Amount.IsNegative() {
		debit, credit = "", p.Amount.Decimal()[1:]
	}
	return []string{
		e.ID.String(), moment(e.At), e.SourceType, e.SourceID, orderOf(e), string(p.Account), debit,
		credit, string(p.Amount.Currency()),
	}
}

type chainInput struct {
	Behind int64 `query:"behind" minimum:"0" maximum:"9007199254740991" doc:"Check the seals after this position"`
}

// verifyFor bounds a verification. It is less than the deadline of a request.
const verifyFor = 4 * time.Second

func (h handlers) verify(ctx context.Context, in *chainInput) (*chainOutput, error) {
	chain, err := h.service.VerifyChain(ctx, in.Behind, h.service.Clock.Now().Add(verifyFor))
	if err != nil {
		return nil, err
	}
	out := &chainOutput{}
	out.Body.Entries, out.Body.Sealed, out.Body.Checked = chain.Entries, chain.Sealed, chain.Checked
	out.Body.Broken = append([]string{}, chain.Broken...)
	out.Body.Valid = len(chain.Broken) == 0
	return out, nil
}
