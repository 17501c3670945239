package mockpay

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/money"
)

type transaction struct {
	ID        string         `json:"id"`
	Type      string         `json:"type"`
	Gross     int64          `json:"gross"`
	Fee       int64          `json:"fee"`
	Currency  money.Currency `json:"currency"`
	Source    string         `json:"source"`
	Reference string         `json:"reference"`
	CreatedAt time.Time      `json:"created_at"`
}

var movementKinds = map[string]domain.MovementKind{
	"charge": domain.ChargeMovement, "adjustment": domain.ChargeMovement, "refund": domain.RefundMovement,
	"dispute": domain.DisputeMovement, "dispute_reversal": domain.DisputeMovement,
	"dispute_fee": domain.DisputeFeeMovement, "fee": domain.FeeMovement,
	"payout": domain.PayoutMovement, "payout_failure": domain.PayoutMovement,
}

// Transactions returns the balance transactions that were created between from (inclusive) and to (exclusive), from all
// pages, the oldest first.
func (p *Provider) Transactions(ctx context.Context, from, to time.Time) ([]domain.BalanceTransaction, error) {
	return p.transactions(ctx, url.Values{
		"created_from": {from.UTC().Format(time.RFC3339Nano)},
		"created_to":   {to.UTC().Format(time.RFC3339Nano)},
	})
}

// TransactionsOf returns all balance transactions of a source, the oldest first.
func (p *Provider) TransactionsOf(ctx context.Context, ref string) ([]domain.BalanceTransaction, error) {
	return p.transactions(ctx, url.Values{"source": {ref}})
}

func (p *Provider) transactions(ctx context.Context, q url.Values) (out []domain.BalanceTransaction, err error) {
	for {
		var list struct {
			Items []transaction `json:"items"`
			Next  *string       `json:"next_cursor"`
		}
		if err := p.call(ctx, http.MethodGet, "/v1/balance_transactions?"+q.Encode(), "", nil).decode(&list); err != nil {
			return nil, fmt.Errorf("list balance transactions: %w", err)
		}
		for _, t := range list.Items {
			kind, known := movementKinds[t.Type]
			if !known {
				return nil, fmt.Errorf("balance transaction %s is of the unknown type %q", t.ID, t.Type)
			}
			out = append(out, domain.BalanceTransaction{
				MovementKey: domain.MovementKey{Kind: kind, Ref: t.Source}, OrderID: t.Reference, Currency: t.Currency,
				Gross: t.Gross, Fee: t.Fee, CreatedAt: t.CreatedAt,
			})
		}
		if list.Next == nil {
			return out, nil
		}
		q.Set("cursor", *list.Next)
	}
}

type payout struct {
	ID       string `json:"id"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Status   string `json:"status"`
}

var payoutStatuses = map[string]domain.PayoutStatus{"paid": domain.PayoutPaid, "failed": domain.PayoutFailed}

// readBalanceEvent reads the payout or the fee of an event; domain.ErrEvent. An event with an unknown status is Other.
func readBalanceEvent(event *ports.Event, kind string, data []byte) error {
	var in payout
	if json.Unmarshal(data, &in) != nil || in.ID == "" || in.Amount <= 0 {
		return domain.ErrEvent
	}
	amount, err := money.Restore(in.Amount, in.Currency)
	if err != nil {
		return domain.ErrEvent
	}
	if kind == "fee" {
		event.Fee = &domain.FeeReport{Ref: in.ID, Amount: amount, Account: domain.ProviderFees}
		return nil
	}
	status, known := payoutStatuses[in.Status]
	if event.Other = !known; known {
		event.Payout = &domain.PayoutReport{ProviderRef: in.ID, Status: status, Amount: amount}
	}
	return nil
}
