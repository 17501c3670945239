package service_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/adapters/memory"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/modules/billing/service"

	"github.com/stretchr/testify/require"
)

// slow answers a charge when it is told to.
type slow struct {
	*memory.Provider
	sent   chan ports.ChargeRequest
	answer chan struct{}
}

// Charge implements ports.PaymentProvider.
func (s slow) Charge(ctx context.Context, r ports.ChargeRequest) domain.Outcome {
	s.sent <- r
	<-s.answer
	return s.Provider.Charge(ctx, r)
}

// A webhook waits for the charge of its payment, but not for longer than its patience.
func TestReceiveWebhook_DuringCharge_WaitsForIt(t *testing.T) {
	t.Parallel()
	const patience = time.Second
	for name, answered := range map[string]bool{"the provider answers": true, "the provider waits for the webhook": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFixture()
				provider := slow{f.provider, make(chan ports.ChargeRequest), make(chan struct{})}
				deps := f.Deps
				deps.Provider, deps.WebhookPatience = provider, patience
				s := service.New(deps)
				began := time.Now()
				charged := make(chan error, 1)
				go func() {
					_, err := s.Charge(t.Context(), charge(newID(), "pm_ok", 100))
					charged <- err
				}()
				sent := <-provider.sent
				f.stub.event = ports.Event{
					Provider: "mockpay", ID: "evt_1", PaymentID: sent.PaymentID,
					Outcome: domain.Outcome{Status: billing.Captured, ProviderRef: "pi_1", Amount: &sent.Amount},
				}
				received := make(chan error, 1)
				go func() { received <- s.ReceiveWebhook(t.Context(), "mockpay", "", nil) }()
				synctest.Wait()
				require.Empty(t, received)
				if answered {
					close(provider.answer)
				}
				require.NoError(t, <-received)
				want, events := time.Duration(0), 0
				if !answered {
					want, events = patience, 1
					close(provider.answer)
				}
				require.Equal(t, want, time.Since(began))
				require.NoError(t, <-charged)
				require.Len(t, f.store.Events(), events, "a webhook that came first is published")
			})
		})
	}
}
