// Package memory stores accounts and sessions in memory, for tests and simulations.
package memory

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/platform/id"
	"coinslot/platform/memory"
)

type token struct {
	hash      []byte
	sessionID id.ID
	usedAt    *time.Time
}

type accountNetwork struct {
	accountID id.ID
	network   string
}

type state struct {
	accounts map[id.ID]domain.AccountSnapshot
	sessions map[id.ID]domain.Session
	tokens   []token
	erased   []identity.AccountErased
	known    map[accountNetwork]time.Time // the last sign-in
	attempts map[domain.Bucket]time.Time
	devices  map[accountDevice]time.Time // the last sign-in
	links    map[id.ID]domain.Link
	expiring map[id.ID]time.Time
	pending  map[id.ID]string // the addresses of pending registrations
	mails    []domain.MailRequested
}

func (s *state) Clone() *state {
	return &state{
		maps.Clone(s.accounts), maps.Clone(s.sessions), slices.Clone(s.tokens), slices.Clone(s.erased),
		maps.Clone(s.known), maps.Clone(s.attempts), maps.Clone(s.devices), maps.Clone(s.links), maps.Clone(s.expiring),
		maps.Clone(s.pending), slices.Clone(s.mails),
	}
}

// Store implements ports.UnitOfWork, ports.Directory, ports.Mailbox, ports.Attempts and ports.Upkeep.
type Store struct{ cell *memory.Cell[*state] }

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{memory.NewCell(&state{
		accounts: map[id.ID]domain.AccountSnapshot{}, sessions: map[id.ID]domain.Session{},
		known: map[accountNetwork]time.Time{}, attempts: map[domain.Bucket]time.Time{},
		devices: map[accountDevice]time.Time{}, links: map[id.ID]domain.Link{}, expiring: map[id.ID]time.Time{},
		pending: map[id.ID]string{},
	})}
}

// Do runs fn in a transaction. Transactions run one at a time.
func (s *Store) Do(ctx context.Context, fn func(ctx context.Context, s ports.Stores) error) error {
	return s.cell.Update(func(st *state) error {
		return fn(ctx, ports.Stores{
			Accounts: accounts{st}, Sessions: sessions{st}, Links: links{st}, Unverified: unverified{st}, Events: events{st},
		})
	})
}

// Erased returns the published events.
func (s *Store) Erased() (out []identity.AccountErased) {
	s.cell.View(func(st *state) { out = st.erased })
	return out
}

type events struct{ *state }

func (e events) AccountErased(_ context.Context, event identity.AccountErased) error {
	e.erased = append(e.erased, event)
	return nil
}

type accounts struct{ *state }

func (s accounts) Insert(_ context.Context, account domain.Account) error {
	a := account.Snapshot()
	if handle, address := s.taken(a); handle || address {
		return domain.ErrTaken
	}
	s.accounts[a.ID] = a
	return nil
}

// taken reports whether another account has the handle or the address of an account.
func (s *state) taken(a domain.AccountSnapshot) (handle, address bool) {
	for _, other := range s.accounts {
		if other.ID != a.ID {
			handle = handle || (a.Handle != "" && other.Handle == a.Handle)
			address = address || (a.Email != "" && other.Email == a.Email) ||
				(a.EmailForm != "" && other.EmailForm == a.EmailForm)
		}
	}
	return handle, address
}

func (s *state) account(accountID id.ID) (domain.Account, error) {
	a, ok := s.accounts[accountID]
	if !ok || a.ErasedAt != nil {
		return domain.Account{}, domain.ErrAccountNotFound
	}
	return domain.RestoreAccount(a), nil
}

func (s accounts) Lock(_ context.Context, accountID id.ID) (domain.Account, error) {
	return s.account(accountID)
}

func (s accounts) Update(_ context.Context, account domain.Account) error {
	a := account.Snapshot()
	if s.accounts[a.ID].Version != a.Version {
		return domain.ErrStale
	}
	switch handle, address := s.taken(a); {
	case handle:
		return domain.ErrHandleTaken
	case address:
		return domain.ErrTaken
	}
	a.Version++
	s.accounts[a.ID] = a
	return nil
}

type sessions struct{ *state }

func (s sessions) Insert(_ context.Context, session domain.Session, tokenHash []byte) error {
	s.sessions[session.ID] = session
	s.tokens = append(s.tokens, token{hash: bytes.Clone(tokenHash), sessionID: session.ID})
	return nil
}

func (s sessions) LockByToken(
	_ context.Context, tokenHash, successorHash []byte,
) (domain.Session, ports.TokenUse, error) {
	for _, t := range s.tokens {
		if !bytes.Equal(t.hash, tokenHash) {
			continue
		}
		unused := slices.ContainsFunc(s.tokens, func(next token) bool {
			return next.sessionID == t.sessionID && next.usedAt == nil && bytes.Equal(next.hash, successorHash)
		})
		return s.sessions[t.sessionID], ports.TokenUse{UsedAt: t.usedAt, SuccessorUnused: unused}, nil
	}
	return domain.Session{}, ports.TokenUse{}, domain.ErrRefreshToken
}

func (s sessions) Rotate(_ context.Context, session domain.Session, tokenHash []byte) error {
	for i, t := range s.tokens {
		if t.sessionID == session.ID && t.usedAt == nil {
			s.tokens[i].usedAt = &session.LastUsedAt
		}
	}
	s.sessions[session.ID] = session
	s.tokens = append(s.tokens, token{hash: bytes.Clone(tokenHash), sessionID: session.ID})
	return nil
}

func (s sessions) End(_ context.Context, accountID, sessionID id.ID, at time.Time) error {
	session, ok := s.sessions[sessionID]
	if !ok || session.AccountID != accountID || session.EndedAt != nil {
		return domain.ErrSessionNotFound
	}
	session.EndedAt = &at
	s.sessions[sessionID] = session
	return nil
}

func (s sessions) EndAll(ctx context.Context, accountID, except id.ID, at time.Time) error {
	for sessionID, session := range s.sessions {
		if session.AccountID == accountID && sessionID != except && session.EndedAt == nil {
			if err := s.End(ctx, accountID, sessionID, at); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s sessions) StoreNetwork(_ context.Context, accountID id.ID, network string, at time.Time) error {
	s.known[accountNetwork{accountID, network}] = at
	return nil
}

func (s sessions) Delete(_ context.Context, accountID id.ID) error {
	maps.DeleteFunc(s.known, func(n accountNetwork, _ time.Time) bool { return n.accountID == accountID })
	maps.DeleteFunc(s.devices, func(d accountDevice, _ time.Time) bool { return d.accountID == accountID })
	maps.DeleteFunc(s.sessions, func(_ id.ID, session domain.Session) bool { return session.AccountID == accountID })
	s.deleteOrphans()
	return nil
}

// deleteOrphans deletes the tokens of deleted sessions.
func (s *state) deleteOrphans() {
	s.tokens = slices.DeleteFunc(s.tokens, func(t token) bool { return s.sessions[t.sessionID].ID == id.Nil })
}

// Account returns an account.
func (s *Store) Account(_ context.Context, accountID id.ID) (account domain.Account, err error) {
	s.cell.View(func(st *state) { account, err = st.account(accountID) })
	return account, err
}

// ByLogin returns the account with a login.
func (s *Store) ByLogin(_ context.Context, login domain.Login) (account domain.Account, err error) {
	err = domain.ErrAccountNotFound
	s.cell.View(func(st *state) {
		for _, matches := range []func(a domain.AccountSnapshot) bool{
			func(a domain.AccountSnapshot) bool {
				return login.Form != "" && (a.EmailForm == login.Form || a.Handle == login.Form)
			},
			func(a domain.AccountSnapshot) bool {
				return login.Spelled != "" && (a.Email == login.Spelled || a.Handle == login.Spelled)
			},
		} {
			for _, a := range st.accounts {
				if a.ErasedAt == nil && matches(a) {
					account, err = domain.RestoreAccount(a), nil
				}
			}
		}
	})
	return account, err
}

// LastSignIn returns the time of an account's last sign-in on a network.
func (s *Store) LastSignIn(_ context.Context, accountID id.ID, network string) (at time.Time, err error) {
	s.cell.View(func(st *state) { at = st.known[accountNetwork{accountID, network}] })
	return at, nil
}

// WithoutEmailForm returns the accounts without a canonical form of their address.
func (s *Store) WithoutEmailForm(context.Context) (out []domain.Account, err error) {
	s.cell.View(func(st *state) {
		for _, a := range st.accounts {
			if a.ErasedAt == nil && !a.Guest && a.EmailForm == "" {
				out = append(out, domain.RestoreAccount(a))
			}
		}
	})
	slices.SortFunc(out, byCreation)
	return out, nil
}

func byCreation(a, b domain.Account) int {
	x, y := a.Snapshot(), b.Snapshot()
	return cmp.Or(x.CreatedAt.Compare(y.CreatedAt), bytes.Compare(x.ID[:], y.ID[:]))
}

// Sessions returns an account's live sessions, the newest first.
func (s *Store) Sessions(_ context.Context, accountID id.ID, at time.Time) (out []domain.Session, err error) {
	s.cell.View(func(st *state) {
		for _, session := range st.sessions {
			if session.AccountID == accountID && session.Alive(at) {
				out = append(out, session)
			}
		}
	})
	slices.SortFunc(out, func(a, b domain.Session) int { return bytes.Compare(b.ID[:], a.ID[:]) })
	return out, nil
}

// Holder returns the account of a live session.
func (s *Store) Holder(_ context.Context, sessionID id.ID, at time.Time) (holder ports.Holder, err error) {
	err = domain.ErrToken
	s.cell.View(func(st *state) {
		session, ok := st.sessions[sessionID]
		account, accountErr := st.account(session.AccountID)
		if ok && session.Alive(at) && accountErr == nil && !account.Suspended() {
			holder, err = ports.Holder{AccountID: account.ID(), Roles: account.Snapshot().Roles}, nil
		}
	})
	return holder, err
}
