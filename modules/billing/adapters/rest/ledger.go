package rest

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/web"

	"github.com/danielgtaylor/huma/v2"
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

// JournalFilter is the filter of the journal.
type JournalFilter struct {
	Period
	Account ledgerAccount `query:"account" doc:"Entries with a posting on this account of the ledger"`
	Buyer   string        `query:"buyer" format:"uuid" doc:"Entries of the orders of this buyer's account"`
	OrderID string        `query:"order_id" format:"uuid"`
}

// ledgerAccount is the name of an account of the chart.
type ledgerAccount string

// Schema implements huma.SchemaProvider.
func (ledgerAccount) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: "string"}
	for _, h := range domain.Chart() {
		s.Enum = append(s.Enum, string(h.Account))
	}
	s.PrecomputeMessages()
	return s
}

func (f JournalFilter) query() (ports.JournalQuery, error) {
	q := ports.JournalQuery{From: f.From, To: f.To, Account: domain.Account(f.Account)}
	for text, target := range map[string]*id.ID{f.Buyer: &q.BuyerID, f.OrderID: &q.OrderID} {
		if text == "" {
			continue
		}
		parsed, err := id.Parse(text)
		if err != nil {
			return q, domain.ErrNoEntries
		}
		*target = parsed
	}
	return q, nil
}

type entriesInput struct {
	web.PageQuery
	JournalFilter
}

type chainOutput struct {
	Body struct {
		Valid        bool     `json:"valid"`
		Entries      int64    `json:"entries"`
		Sealed       int64    `json:"sealed" doc:"Entries in the chain of hashes. New ones are added within a second"`
		Checked      int64    `json:"checked" doc:"Last checked position of the chain; less than sealed: continue with behind"`
		Broken       []string `json:"broken" nullable:"false" doc:"The violations, at most 200"`
		Seals        int64    `json:"seals" doc:"Seals of the chain, of documents and of disputes"`
		SealsChecked int64    `json:"seals_checked" doc:"Last checked seal; less than seals: continue with behind_seal"`
		Head         *headDTO `json:"head,omitempty" doc:"The last seal; absent while there is none"`
	}
}

type headDTO struct {
	StoreID  string            `json:"store_id" format:"uuid"`
	Sequence int64             `json:"sequence" doc:"Of the last seal"`
	Hash     string            `json:"hash" doc:"Of the last seal, in hexadecimal"`
	At       time.Time         `json:"at"`
	Invoices []seriesNumberDTO `json:"invoices" nullable:"false"`
}

type seriesNumberDTO struct {
	Series string `json:"series" doc:"A series of invoices or of credit notes"`
	Number int64  `json:"number" doc:"Its last number"`
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
	web.Register(api, op("verify", "verify-ledger", "Verify the ledger's chain of hashes and its seals"), h.verify)
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
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	list := web.Path("/v1/admin/ledger/entries", map[string]string{
		"from": moment(in.From), "to": moment(in.To), "account": string(in.Account), "buyer": in.Buyer,
		"order_id": in.OrderID,
	})
	p, err := h.service.Entries(ctx, q, in.Request(list))
	if err != nil {
		return nil, err
	}
	return web.NewList(p, list, toEntry), nil
}

type chainInput struct {
	Behind     int64 `query:"behind" minimum:"0" maximum:"9007199254740991" doc:"Check the chain after this position"`
	BehindSeal int64 `query:"behind_seal" minimum:"0" maximum:"9007199254740991" doc:"Check the seals after this one"`
}

// verifyFor bounds a verification. It is less than the deadline of a request.
const verifyFor = 4 * time.Second

func (h handlers) verify(ctx context.Context, in *chainInput) (*chainOutput, error) {
	until := h.service.Clock.Now().Add(verifyFor)
	chain, err := h.service.VerifyChain(ctx, in.Behind, until, nil)
	if err != nil {
		return nil, err
	}
	seals, err := h.service.VerifySeals(ctx, in.BehindSeal, until)
	if err != nil {
		return nil, err
	}
	head, found, err := h.service.Head(ctx)
	if err != nil {
		return nil, err
	}
	out := &chainOutput{}
	out.Body.Entries, out.Body.Sealed, out.Body.Checked = chain.Entries, chain.Sealed, chain.Checked
	out.Body.Seals, out.Body.SealsChecked = seals.Seals, seals.Checked
	out.Body.Broken = append(append([]string{}, chain.Broken...), seals.Broken...)
	out.Body.Valid = len(out.Body.Broken) == 0
	if found {
		out.Body.Head = toHead(head)
	}
	return out, nil
}

func toHead(h domain.Head) *headDTO {
	out := &headDTO{h.StoreID.String(), h.Sequence, hex.EncodeToString(h.Hash), h.At, []seriesNumberDTO{}}
	for _, n := range h.Numbers {
		out.Invoices = append(out.Invoices, seriesNumberDTO(n))
	}
	return out
}
