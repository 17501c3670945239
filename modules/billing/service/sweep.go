package service

import (
	"context"
	"errors"
	"fmt"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/fanout"
)

const sweepBatch = 500

// due is the work of a sweep.
type due struct {
	refunds  []domain.Refund
	payments []domain.Payment
	events   []ports.Event
}

func (s *Service) due(ctx context.Context, limit int) (d due, err error) {
	now := s.Clock.Now()
	if d.refunds, err = s.Backlog.Refunds(ctx, now, limit); err != nil {
		return d, err
	}
	if d.payments, err = s.Backlog.Payments(ctx, now, limit); err != nil {
		return d, err
	}
	d.events, err = s.Backlog.Events(ctx, now, limit)
	return d, err
}

// Sweep does the work that is due: it sends refunds, polls declined and canceled payments once more, and retries events
// that could not be applied. Work that fails is due again in a later sweep.
func (s *Service) Sweep(ctx context.Context) error {
	work, err := s.due(ctx, sweepBatch)
	if err != nil {
		return err
	}
	return errors.Join(
		fanout.Each(ctx, s.Parallel, work.refunds, func(ctx context.Context, refund domain.Refund) error {
			return s.sendRefund(ctx, refund)
		}),
		fanout.Each(ctx, s.Parallel, work.payments, s.pollOnce),
		fanout.Each(ctx, s.Parallel, work.events, s.retryEvent))
}

// pollOnce polls the provider for a late capture of a declined or canceled payment.
func (s *Service) pollOnce(ctx context.Context, payment domain.Payment) error {
	p := payment.Snapshot()
	outcome, found := s.Provider.Find(ctx, request(p))
	return s.Work.Do(context.WithoutCancel(ctx), func(ctx context.Context, st ports.Stores) error {
		locked, _, err := st.Payments.Lock(ctx, p.ID)
		if err != nil {
			return err
		}
		if found {
			changed, err := s.apply(ctx, st, &locked, report{outcome, "provider.find"})
			if err != nil || changed {
				return err
			}
		}
		if found && outcome.Status == billing.Unknown {
			locked.SchedulePoll(s.Clock.Now().Add(s.PollAgainAfter))
		} else {
			locked.EndPoll()
		}
		if err := st.Payments.Update(ctx, locked, ""); err != nil {
			return fmt.Errorf("end the poll of payment %s: %w", p.ID, err)
		}
		return nil
	})
}
