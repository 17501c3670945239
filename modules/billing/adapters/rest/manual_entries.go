package rest

import (
	"context"
	"net/http"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/service"
	"coinslot/platform/id"
	"coinslot/platform/web"
)

type manualEntryDTO struct {
	ID            string     `json:"id" format:"uuid"`
	Status        string     `json:"status" enum:"proposed,approved,rejected" doc:"An approved entry is in the journal"`
	DebitAccount  string     `json:"debit_account"`
	CreditAccount string     `json:"credit_account"`
	Amount        web.Money  `json:"amount"`
	Reason        string     `json:"reason"`
	AuthorID      string     `json:"author_id" format:"uuid" doc:"The account of the staff that proposed it"`
	DecidedBy     string     `json:"decided_by,omitempty" format:"uuid" doc:"The account of the staff that decided"`
	CreatedAt     time.Time  `json:"created_at"`
	DecidedAt     *time.Time `json:"decided_at,omitempty"`
}

func toManualEntry(entry domain.ManualEntry) manualEntryDTO {
	m := entry.Snapshot()
	out := manualEntryDTO{
		ID: m.ID.String(), Status: string(m.Status), DebitAccount: string(m.Debit), CreditAccount: string(m.Credit),
		Amount: web.FromMoney(m.Amount), Reason: m.Reason, AuthorID: m.AuthorID.String(), CreatedAt: m.CreatedAt,
	}
	if m.DecidedBy != id.Nil {
		out.DecidedBy, out.DecidedAt = m.DecidedBy.String(), &m.UpdatedAt
	}
	return out
}

type manualEntriesInput struct {
	web.PageQuery
	Status string `query:"status" enum:"proposed,approved,rejected"`
}

type proposeInput struct {
	web.IdempotencyKey
	Body struct {
		DebitAccount  string         `json:"debit_account" enum:"provider_clearing,bank,provider_fees,dispute_fees,payment_differences" doc:"Its balance rises"`
		CreditAccount string         `json:"credit_account" enum:"provider_clearing,bank,provider_fees,dispute_fees,payment_differences" doc:"Its balance falls"`
		Amount        web.MoneyInput `json:"amount" doc:"Above 0, in the store's currency"`
		Reason        string         `json:"reason" minLength:"1" maxLength:"500" doc:"The reason for the entry, shown to its approver and to auditors"`
	}
}

type manualEntryInput struct {
	ID string `path:"id" doc:"The ID of the proposed entry"`
}

type manualEntryOutput struct{ Body manualEntryDTO }

type proposedOutput struct {
	Status   int
	Replayed string `header:"Idempotent-Replayed"`
	Body     manualEntryDTO
}

func registerManualEntries(api *web.API, h handlers) {
	op := func(method, path, operationID, summary string) web.Op {
		return web.Op{
			Access: web.Staff, Method: method, Path: "/v1/admin/journal-entries" + path, ID: operationID,
			Summary: summary, Tag: "ledger", Status: http.StatusOK,
		}
	}
	web.Register(api, op(http.MethodGet, "", "list-manual-entries", "List the proposed journal entries"), h.manualEntries)
	propose := op(http.MethodPost, "", "propose-manual-entry", "Propose a journal entry")
	propose.Status = http.StatusCreated
	web.Register(api, propose, h.propose)
	web.Register(api, op(http.MethodPost, "/{id}/approve", "approve-manual-entry", "Approve a proposed journal entry"),
		h.approve)
	web.Register(api, op(http.MethodPost, "/{id}/reject", "reject-manual-entry", "Reject a proposed journal entry"),
		h.reject)
}

func (h handlers) manualEntries(ctx context.Context, in *manualEntriesInput) (*web.List[manualEntryDTO], error) {
	list := web.Path("/v1/admin/journal-entries", map[string]string{"status": in.Status})
	p, err := h.service.ManualEntries(ctx, domain.ManualStatus(in.Status), in.Request(list))
	if err != nil {
		return nil, err
	}
	return web.NewList(p, list, toManualEntry), nil
}

func (h handlers) propose(ctx context.Context, in *proposeInput) (*proposedOutput, error) {
	key, err := in.Valid()
	if err != nil {
		return nil, err
	}
	amount, err := in.Body.Amount.Money()
	if err != nil {
		return nil, domain.ErrManualEntry.At("amount.currency", "write the store's currency", in.Body.Amount.Currency)
	}
	entry, replayed, err := h.service.ProposeEntry(ctx, service.ProposeEntry{
		AuthorID: web.CallerOf(ctx).AccountID, Key: key, Debit: domain.Account(in.Body.DebitAccount),
		Credit: domain.Account(in.Body.CreditAccount), Amount: amount, Reason: in.Body.Reason,
	})
	if err != nil {
		return nil, err
	}
	out := &proposedOutput{Status: http.StatusCreated, Body: toManualEntry(entry)}
	if replayed {
		out.Replayed = "true"
	}
	return out, nil
}

func (h handlers) approve(ctx context.Context, in *manualEntryInput) (*manualEntryOutput, error) {
	return h.decide(ctx, in.ID, domain.ManualApproved)
}

func (h handlers) reject(ctx context.Context, in *manualEntryInput) (*manualEntryOutput, error) {
	return h.decide(ctx, in.ID, domain.ManualRejected)
}

func (h handlers) decide(ctx context.Context, text string, status domain.ManualStatus) (*manualEntryOutput, error) {
	entryID, err := id.Parse(text)
	if err != nil {
		return nil, domain.ErrNoManualEntry
	}
	entry, err := h.service.DecideEntry(ctx, entryID, web.CallerOf(ctx).AccountID, status)
	if err != nil {
		return nil, err
	}
	return &manualEntryOutput{toManualEntry(entry)}, nil
}
