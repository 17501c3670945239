package mockpay

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

type charge struct {
	ID        string         `json:"id"`
	Reference string         `json:"reference"`
	Currency  money.Currency `json:"currency"`
	Captured  int64          `json:"captured"`
	Refunded  int64          `json:"refunded"`
	CreatedAt time.Time      `json:"created_at"`
}

// Charges returns the charges that were created between from (inclusive) and to (exclusive), from all pages.
func (p *Provider) Charges(ctx context.Context, from, to time.Time) ([]domain.ProviderCharge, error) {
	return p.charges(ctx, url.Values{
		"created_from": {from.UTC().Format(time.RFC3339Nano)},
		"created_to":   {to.UTC().Format(time.RFC3339Nano)},
	})
}

// ChargesOf returns all charges of an order.
func (p *Provider) ChargesOf(ctx context.Context, orderID id.ID) ([]domain.ProviderCharge, error) {
	return p.charges(ctx, url.Values{"reference": {orderID.String()}})
}

func (p *Provider) charges(ctx context.Context, q url.Values) (out []domain.ProviderCharge, err error) {
	for {
		var list struct {
			Items []charge `json:"items"`
			Next  *string  `json:"next_cursor"`
		}
		if err := p.call(ctx, http.MethodGet, "/v1/charges?"+q.Encode(), "", nil).decode(&list); err != nil {
			return nil, fmt.Errorf("list charges: %w", err)
		}
		for _, c := range list.Items {
			out = append(out, domain.ProviderCharge{
				Ref: c.ID, OrderID: c.Reference, Currency: c.Currency, Captured: c.Captured, Refunded: c.Refunded,
				CreatedAt: c.CreatedAt,
			})
		}
		if list.Next == nil {
			return out, nil
		}
		q.Set("cursor", *list.Next)
	}
}
