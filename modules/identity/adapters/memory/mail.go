package memory

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/id"
)

type accountDevice struct {
	accountID id.ID
	device    ports.Device
}

// Mails returns the requested mails, the oldest first.
func (s *Store) Mails() (out []domain.MailRequested) {
	s.cell.View(func(st *state) { out = slices.Clone(st.mails) })
	return out
}

func (e events) MailRequested(_ context.Context, event domain.MailRequested) error {
	e.mails = append(e.mails, event)
	return nil
}

func (s sessions) StoreDevice(
	_ context.Context, accountID id.ID, device ports.Device, at time.Time,
) (isNew bool, err error) {
	key, others := accountDevice{accountID, device}, false
	for d := range s.devices {
		others = others || d.accountID == accountID
	}
	_, known := s.devices[key]
	s.devices[key] = at
	return others && !known, nil
}

type links struct{ *state }

func (s links) Put(_ context.Context, link domain.Link) error {
	there, found := s.links[link.ID]
	switch {
	case found && there.UsedAt != nil:
		return domain.ErrLink
	case found:
		there.Hash, there.ExpiresAt = link.Hash, link.ExpiresAt
		link = there
	}
	link.Hash = bytes.Clone(link.Hash)
	s.links[link.ID] = link
	return nil
}

func (s links) Use(_ context.Context, linkID id.ID, at time.Time) error {
	link, found := s.links[linkID]
	if !found || link.UsedAt != nil {
		return domain.ErrLink
	}
	link.UsedAt = &at
	s.links[linkID] = link
	return nil
}

func (s links) Delete(_ context.Context, accountID id.ID) error {
	maps.DeleteFunc(s.links, func(_ id.ID, l domain.Link) bool { return l.AccountID == accountID })
	return nil
}

type unverified struct{ *state }

func (s unverified) Expire(_ context.Context, accountID id.ID, address string, at time.Time) error {
	s.expiring[accountID], s.pending[accountID] = at, cmp.Or(address, s.pending[accountID])
	return nil
}

func (s unverified) Keep(_ context.Context, accountID id.ID) error {
	delete(s.expiring, accountID)
	delete(s.pending, accountID)
	return nil
}

// Link returns the link of a token's hash.
func (s *Store) Link(_ context.Context, hash []byte) (link domain.Link, err error) {
	err = domain.ErrLink
	s.cell.View(func(st *state) {
		for _, l := range st.links {
			if bytes.Equal(l.Hash, hash) {
				link, err = l, nil
			}
		}
	})
	return link, err
}

// Pending returns the account of the newest pending registration with an address.
func (s *Store) Pending(_ context.Context, address string) (account domain.Account, err error) {
	err = domain.ErrAccountNotFound
	s.cell.View(func(st *state) {
		var newest id.ID
		for accountID, pending := range st.pending {
			later := cmp.Or(st.expiring[accountID].Compare(st.expiring[newest]), bytes.Compare(accountID[:], newest[:])) > 0
			if pending == address && address != "" && later {
				newest = accountID
			}
		}
		if newest != id.Nil {
			account, err = domain.RestoreAccount(st.accounts[newest]), nil
		}
	})
	return account, err
}

// Expired returns unverified accounts that have expired.
func (s *Store) Expired(_ context.Context, at time.Time, limit int) (out []id.ID, err error) {
	s.cell.View(func(st *state) {
		for accountID, expiry := range st.expiring {
			if !expiry.After(at) {
				out = append(out, accountID)
			}
		}
		slices.SortFunc(out, func(a, b id.ID) int {
			return cmp.Or(st.expiring[a].Compare(st.expiring[b]), bytes.Compare(a[:], b[:]))
		})
	})
	return out[:min(limit, len(out))], nil
}
