package memory

import (
	"context"
	"maps"
	"slices"
	"time"

	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/id"
)

// EmptyAt returns the times at which buckets are empty.
func (s *Store) EmptyAt(
	_ context.Context, buckets []domain.Bucket, now time.Time,
) (map[domain.Bucket]time.Time, error) {
	out := map[domain.Bucket]time.Time{}
	s.cell.View(func(st *state) {
		for _, b := range buckets {
			if at := st.attempts[b]; at.After(now) {
				out[b] = at
			}
		}
	})
	return out, nil
}

// Add adds attempts to their buckets.
func (s *Store) Add(_ context.Context, attempts []domain.Attempt, now time.Time) error {
	return s.cell.Update(func(st *state) error {
		for _, a := range attempts {
			st.attempts[a.Bucket] = a.Fill(st.attempts[a.Bucket], now)
		}
		return nil
	})
}

// Prune removes expired data.
func (s *Store) Prune(_ context.Context, p ports.Prune) error {
	return s.cell.Update(func(st *state) error {
		maps.DeleteFunc(st.sessions, func(_ id.ID, session domain.Session) bool {
			return !session.ExpiresAt.After(p.Now) || (session.EndedAt != nil && !session.EndedAt.After(p.Now))
		})
		st.deleteOrphans()
		st.tokens = slices.DeleteFunc(st.tokens,
			func(t token) bool { return t.usedAt != nil && t.usedAt.Before(p.UsedBefore) })
		maps.DeleteFunc(st.attempts, func(_ domain.Bucket, emptyAt time.Time) bool { return !emptyAt.After(p.Now) })
		maps.DeleteFunc(st.known, func(_ accountNetwork, seen time.Time) bool { return seen.Before(p.KnownBefore) })
		maps.DeleteFunc(st.devices, func(_ accountDevice, seen time.Time) bool { return seen.Before(p.KnownBefore) })
		maps.DeleteFunc(st.links, func(_ id.ID, l domain.Link) bool { return !l.ExpiresAt.After(p.Now) })
		return nil
	})
}

// BackfillEmailForms sets missing canonical forms of addresses.
func (s *Store) BackfillEmailForms(ctx context.Context, form func(email string) string) error {
	accounts, err := s.WithoutEmailForm(ctx)
	if err != nil {
		return err
	}
	return s.cell.Update(func(st *state) error {
		for _, account := range accounts {
			a := st.accounts[account.ID()]
			a.EmailForm = form(a.Email)
			taken := false
			for _, other := range st.accounts {
				taken = taken || (other.ErasedAt == nil && other.EmailForm == a.EmailForm)
			}
			if !taken {
				st.accounts[a.ID] = a
			}
		}
		return nil
	})
}
