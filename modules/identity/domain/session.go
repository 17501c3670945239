package domain

import (
	"time"

	"coinslot/platform/id"
	"coinslot/platform/text"
)

// Session is one sign-in: a family of refresh tokens that replace one another.
type Session struct {
	ID         id.ID
	AccountID  id.ID
	Client     string // the user agent, for people who look through their sessions
	CreatedAt  time.Time
	LastUsedAt time.Time
	ExpiresAt  time.Time
	EndedAt    *time.Time
}

const maxClient = 200 // bytes

// Lifetimes are how long a session lives.
type Lifetimes struct {
	Idle     time.Duration // since it was last used
	Absolute time.Duration // since the sign-in, however often it is used
}

// NewSession starts a session. client may be any bytes: invalid UTF-8 is
// replaced, control characters are removed, and it is cut to 200 bytes.
func NewSession(sessionID, accountID id.ID, client string, now time.Time, ttl Lifetimes) Session {
	s := Session{ID: sessionID, AccountID: accountID, Client: text.Cut(client, maxClient), CreatedAt: now}
	s.Extend(now, ttl)
	return s
}

// Alive reports whether the session may still be used.
func (s Session) Alive(now time.Time) bool { return s.EndedAt == nil && now.Before(s.ExpiresAt) }

// Extend notes a use. A session that has reached its absolute end is not alive afterwards.
func (s *Session) Extend(now time.Time, ttl Lifetimes) {
	s.LastUsedAt, s.ExpiresAt = now, now.Add(ttl.Idle)
	if end := s.CreatedAt.Add(ttl.Absolute); end.Before(s.ExpiresAt) {
		s.ExpiresAt = end
	}
}
