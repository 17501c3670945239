package domain

import (
	"time"

	"coinslot/platform/id"
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

const maxClient = 200

// NewSession starts a session that lives for ttl after its last use.
func NewSession(sessionID, accountID id.ID, client string, now time.Time, ttl time.Duration) Session {
	if len(client) > maxClient {
		client = client[:maxClient]
	}
	return Session{ID: sessionID, AccountID: accountID, Client: client, CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(ttl)}
}

// Alive reports whether the session may still be used.
func (s Session) Alive(now time.Time) bool { return s.EndedAt == nil && now.Before(s.ExpiresAt) }

// Extend notes a use.
func (s *Session) Extend(now time.Time, ttl time.Duration) {
	s.LastUsedAt, s.ExpiresAt = now, now.Add(ttl)
}
