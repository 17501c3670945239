package service

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/platform/id"
)

// Limit has the rates of a kind of attempt: for one account, for one network, and for the whole store.
type Limit struct {
	Account, Network, All domain.Rate
}

// Limits has the rates of failed attempts, registrations, and requests for mails.
type Limits struct {
	SignIn, Register, Password, Refresh, Mail Limit
	// Known is the rate of wrong passwords for an account on a network where it has signed in before. There it is the only
	// limit for the right password, because guesses of others must not lock out the owner.
	Known domain.Rate
}

// NewLimits returns the configured limits.
func NewLimits(c identity.LimitConfig) Limits {
	limit := func(account, network, all identity.Rate) Limit {
		return Limit{Account: domain.Rate(account), Network: domain.Rate(network), All: domain.Rate(all)}
	}
	return Limits{
		SignIn:   limit(c.SignInAccount, c.SignInNetwork, c.SignInAll),
		Register: limit(identity.Rate{}, c.RegisterNetwork, c.RegisterAll),
		Password: limit(c.PasswordAccount, c.PasswordNetwork, c.PasswordAll),
		Refresh:  limit(c.RefreshAccount, c.RefreshNetwork, c.RefreshAll),
		Mail:     limit(c.MailAccount, c.MailNetwork, c.MailAll),
		Known:    domain.Rate(c.SignInKnown),
	}
}

// Client is the sender of a request.
type Client struct {
	Address netip.Addr
	Agent   string // may be invalid UTF-8
}

// limiter is a bucket with its rate.
type limiter struct {
	bucket domain.Bucket
	rate   domain.Rate
}

// limiters returns those of an attempt. The subject and the network may be empty.
func (l Limit) limiters(kind, subject, network string) []limiter {
	out := []limiter{{domain.BucketOf(kind), l.All}}
	if subject != "" {
		out = append(out, limiter{domain.BucketOf(kind, "account", subject), l.Account})
	}
	if network != "" {
		out = append(out, limiter{domain.BucketOf(kind, "network", network), l.Network})
	}
	return out
}

// attempt is the state of the limiters before an attempt.
type attempt struct {
	service  *Service
	limiters []limiter
	known    []limiter     // one, on a network where the account has signed in before
	wait     time.Duration // until the limiters allow the attempt
	trusted  bool          // the right password is accepted although the attempt must wait
	seen     time.Time     // the account's last sign-in on the network, or the zero time
}

// check reads the limiters of an attempt. It does the same queries for an unknown account, id.Nil, so that its duration
// does not reveal which logins exist.
func (s *Service) check(
	ctx context.Context, limiters []limiter, accountID id.ID, network string,
) (a attempt, err error) {
	a = attempt{service: s, limiters: limiters}
	if network != "" {
		if a.seen, err = s.Directory.LastSignIn(ctx, accountID, network); err != nil {
			return a, err
		}
	}
	if !a.seen.IsZero() {
		a.known = []limiter{{domain.BucketOf("known", accountID.String(), network), s.Limits.Known}}
	}
	var buckets []domain.Bucket
	for _, l := range slices.Concat(limiters, a.known) {
		buckets = append(buckets, l.bucket)
	}
	now := s.Clock.Now()
	emptyAt, err := s.Attempts.EmptyAt(ctx, buckets, now)
	if err != nil {
		return a, err
	}
	for _, l := range limiters {
		a.wait = max(a.wait, l.rate.Wait(emptyAt[l.bucket], now))
	}
	for _, l := range a.known {
		a.trusted = l.rate.Wait(emptyAt[l.bucket], now) == 0
	}
	return a, nil
}

// admit checks an attempt and returns ErrTooMany when it must wait.
func (s *Service) admit(ctx context.Context, limiters []limiter, accountID id.ID, network string) (attempt, error) {
	a, err := s.check(ctx, limiters, accountID, network)
	if err == nil {
		err = a.rejected()
	}
	return a, err
}

// rejected returns ErrTooMany for an attempt that must wait and is not trusted.
func (a attempt) rejected() error {
	if a.wait > 0 && !a.trusted {
		return domain.ErrTooMany.After(a.wait)
	}
	return nil
}

// failed counts a failed attempt, also when the request was canceled, and returns its fault. When the attempt should
// have waited, it returns ErrTooMany and counts the attempt only for the account on this network, so that clients
// that wait for their Retry-After need not wait longer.
func (a attempt) failed(ctx context.Context, cause error) error {
	if a.wait > 0 {
		a.limiters = nil
	}
	if err := a.count(ctx); err != nil {
		return err
	}
	if a.wait > 0 {
		return domain.ErrTooMany.After(a.wait)
	}
	return cause
}

func (a attempt) count(ctx context.Context) error {
	var attempts []domain.Attempt
	for _, l := range slices.Concat(a.limiters, a.known) {
		attempts = append(attempts, l.rate.Attempt(l.bucket))
	}
	return a.service.Attempts.Add(context.WithoutCancel(ctx), attempts, a.service.Clock.Now())
}
