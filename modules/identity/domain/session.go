package domain

import (
	"time"

	"coinslot/platform/id"
	"coinslot/platform/text"
)

// Session is a sign-in, with a chain of refresh tokens that replace one another.
type Session struct {
	ID         id.ID
	AccountID  id.ID
	Client     string // the user agent
	CreatedAt  time.Time
	LastUsedAt time.Time
	ExpiresAt  time.Time
	EndedAt    *time.Time
}

const maxClient = 200 // bytes

// Lifetimes are the maximum durations of a session.
type Lifetimes struct {
	Idle     time.Duration // since the last use
	Absolute time.Duration // since the sign-in
}

// NewSession starts a session. It replaces invalid UTF-8 in client, removes control characters, and truncates it to 200
// bytes.
func NewSession(sessionID, accountID id.ID, client string, now time.Time, ttl Lifetimes) Session {
	s := Session{ID: sessionID, AccountID: accountID, Client: text.Cut(client, maxClient), CreatedAt: now}
	s.Extend(now, ttl)
	return s
}

// Alive reports whether the session has neither ended nor expired.
func (s Session) Alive(now time.Time) bool { return s.EndedAt == nil && now.Before(s.ExpiresAt) }

// Extend records a use and extends the expiry, at most to the absolute lifetime.
func (s *Session) Extend(now time.Time, ttl Lifetimes) {
	s.LastUsedAt, s.ExpiresAt = now, now.Add(ttl.Idle)
	if end := s.CreatedAt.Add(ttl.Absolute); end.Before(s.ExpiresAt) {
		s.ExpiresAt = end
	}
}
