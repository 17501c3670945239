//go:build failpoints

package probe

import (
	"context"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
)

type probedProvider struct {
	inner ports.PaymentProvider
	hook  Hook
}

// Provider adds failpoints to a payment provider. It is not generated, because its methods return errors in their
// outcomes.
func Provider(p ports.PaymentProvider, r Rig) ports.PaymentProvider {
	return probedProvider{p, r.Hook}
}

// Name returns the provider's name. It has no failpoint.
func (p probedProvider) Name() string { return p.inner.Name() }

// Charge charges a payment.
func (p probedProvider) Charge(ctx context.Context, r ports.ChargeRequest) domain.Outcome {
	return p.outcome(ctx, "billing.PaymentProvider.Charge", func() domain.Outcome { return p.inner.Charge(ctx, r) })
}

// Find looks a charge up.
func (p probedProvider) Find(ctx context.Context, r ports.ChargeRequest) (out domain.Outcome, found bool) {
	out = p.outcome(ctx, "billing.PaymentProvider.Find", func() domain.Outcome {
		out, found = p.inner.Find(ctx, r)
		return out
	})
	return out, found || out.Cause != nil
}

// Cancel cancels a payment intent.
func (p probedProvider) Cancel(ctx context.Context, providerRef string) domain.Outcome {
	return p.outcome(ctx, "billing.PaymentProvider.Cancel",
		func() domain.Outcome { return p.inner.Cancel(ctx, providerRef) })
}

func (p probedProvider) outcome(ctx context.Context, point string, fn func() domain.Outcome) domain.Outcome {
	var out domain.Outcome
	err := call(ctx, p.hook, point, func() error {
		out = fn()
		return nil
	})
	if err != nil {
		return domain.Outcome{Status: billing.Unknown, Cause: err}
	}
	return out
}

// Refund refunds a payment.
func (p probedProvider) Refund(ctx context.Context, r ports.RefundRequest) domain.RefundOutcome {
	var out domain.RefundOutcome
	err := call(ctx, p.hook, "billing.PaymentProvider.Refund", func() error {
		out = p.inner.Refund(ctx, r)
		return nil
	})
	if err != nil {
		return domain.RefundOutcome{Status: billing.RefundRequested, Cause: err}
	}
	return out
}
