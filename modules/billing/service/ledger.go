package service

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/page"
)

// post books an entry, unless it moves nothing.
func post(ctx context.Context, st ports.Stores, entry domain.JournalEntry) error {
	if len(entry.Postings) == 0 {
		return nil
	}
	return st.Ledger.Post(ctx, entry)
}

// SealAll chains every entry of the journal that is not sealed yet to the one before it, in batches and off the
// buyer's path. Whoever changes or removes a sealed entry breaks the chain from there on.
func (s *Service) SealAll(ctx context.Context) error {
	for {
		sealed := 0
		err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) (err error) {
			sealed, err = st.Ledger.Seal(ctx, s.Batch, s.Clock.Now())
			return err
		})
		if err != nil {
			return fmt.Errorf("seal the journal: %w", err)
		}
		if sealed < s.Batch {
			return nil
		}
	}
}

// Balances returns what stood on each account at a moment; the zero moment is now.
func (s *Service) Balances(ctx context.Context, at time.Time) ([]domain.Balance, time.Time, error) {
	if at.IsZero() {
		at = s.Clock.Now()
	}
	balances, err := s.Journal.Balances(ctx, at)
	return balances, at, err
}

// Entries returns a page of the journal, the newest first.
func (s *Service) Entries(ctx context.Context, q ports.JournalQuery,
	request page.Request,
) (page.Page[domain.JournalEntry], error) {
	return s.Journal.Entries(ctx, q, request)
}

// exported is how many entries an export holds in memory at once.
const exported = 1000

// Export hands every entry of a time to take, the oldest first.
func (s *Service) Export(ctx context.Context, q ports.JournalQuery, take func([]domain.JournalEntry) error) error {
	var last *domain.JournalEntry
	for {
		entries, err := s.Journal.After(ctx, q, last, exported)
		if err != nil {
			return err
		}
		if err := take(entries); err != nil {
			return err
		}
		if len(entries) < exported {
			return nil
		}
		last = &entries[len(entries)-1]
	}
}

// verified is how many seals are looked at in one statement.
const verified = 5000

// VerifyChain looks at the seals behind a position, until it has seen them all, found one that does not fit, or its
// time is up; Checked says how far it got.
func (s *Service) VerifyChain(ctx context.Context, behind int64, until time.Time) (domain.Chain, error) {
	for {
		chain, err := s.Journal.Verify(ctx, behind, verified)
		if err != nil || chain.Checked >= chain.Sealed || len(chain.Broken) > 0 || s.Clock.Now().After(until) {
			return chain, err
		}
		behind = chain.Checked
	}
}
