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

// ReportedCharge returns the intent of a reference.
func (p *Provider) ReportedCharge(ctx context.Context, ref string) (out domain.ReportedCharge, found bool, err error) {
	var i intent
	if found, err = p.object(ctx, "/v1/payment_intents/", ref, &i); !found || err != nil {
		return out, false, err
	}
	return domain.ReportedCharge{
		Outcome: i.outcome(), Provider: name, OrderID: idOf(i.Reference), PaymentID: idOf(i.Metadata[paymentKey]),
		Refunded: i.Refunded,
	}, true, nil
}

// ReportedRefund returns the refund of a reference.
func (p *Provider) ReportedRefund(ctx context.Context, ref string) (out domain.ReportedRefund, found bool, err error) {
	var r refund
	if found, err = p.object(ctx, "/v1/refunds/", ref, &r); !found || err != nil {
		return out, false, err
	}
	return domain.ReportedRefund{
		RefundOutcome: r.outcome(), ChargeRef: r.Intent, RefundID: idOf(r.Metadata[refundKey]),
	}, true, nil
}

// ReportedDispute returns the dispute of a reference.
func (p *Provider) ReportedDispute(ctx context.Context, ref string) (out domain.ReportedDispute, found bool,
	err error,
) {
	var d struct {
		dispute
		Intent    string    `json:"intent"`
		UpdatedAt time.Time `json:"updated_at"`
	}
	if found, err = p.object(ctx, "/v1/disputes/", ref, &d); !found || err != nil {
		return out, false, err
	}
	report := d.report(d.UpdatedAt)
	if report == nil {
		return out, false, fmt.Errorf("dispute %s has the unknown status %q", ref, d.Status)
	}
	return domain.ReportedDispute{DisputeReport: *report, ChargeRef: d.Intent}, true, nil
}

// object reads an object; found is false when the provider has none of that ID.
func (p *Provider) object(ctx context.Context, path, ref string, v any) (found bool, err error) {
	a := p.call(ctx, http.MethodGet, path+url.PathEscape(ref), "", nil)
	if a.err == nil && a.status == http.StatusNotFound {
		return false, nil
	}
	if err := a.decode(v); err != nil {
		return false, fmt.Errorf("read %s%s: %w", path, ref, err)
	}
	return true, nil
}
