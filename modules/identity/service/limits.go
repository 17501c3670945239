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

// Limit bounds attempts by whom they are for, by where they come from, and for the whole store.
type Limit struct {
	Account, Network, All domain.Rate
}

// Limits bound failed attempts and registrations.
type Limits struct {
	SignIn, Register, Password, Refresh Limit
	// Known bounds the wrong passwords for an account on a network where it has signed in before. Nothing else keeps its
	// owner out there: other attempts, on the same network too, may be guesses of others.
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
		Known:    domain.Rate(c.SignInKnown),
	}
}

// Client is where a request comes from.
type Client struct {
	Address netip.Addr
	Agent   string // any bytes
}

// meter is a bucket with its rate.
type meter struct {
	bucket domain.Bucket
	rate   domain.Rate
}

// meters are the buckets of an attempt; without a subject or a network it has none for those.
func (l Limit) meters(kind, subject, network string) []meter {
	out := []meter{{domain.BucketOf(kind), l.All}}
	if subject != "" {
		out = append(out, meter{domain.BucketOf(kind, "account", subject), l.Account})
	}
	if network != "" {
		out = append(out, meter{domain.BucketOf(kind, "network", network), l.Network})
	}
	return out
}

// standing is how an attempt stands before it is made.
type standing struct {
	service *Service
	meters  []meter
	known   []meter       // one, on a network where the account has signed in before
	wait    time.Duration // how long others must wait
	trusted bool          // the right password is let in all the same
	seen    time.Time     // when the account last signed in here; zero: never
}

// stand reads how an attempt at an account stands. An unknown account, id.Nil, is looked up like any
// other, so that the time taken does not tell which logins exist.
func (s *Service) stand(ctx context.Context, meters []meter, accountID id.ID, network string) (st standing, err error) {
	st = standing{service: s, meters: meters}
	if network != "" {
		if st.seen, err = s.Directory.Known(ctx, accountID, network); err != nil {
			return st, err
		}
	}
	if !st.seen.IsZero() {
		st.known = []meter{{domain.BucketOf("known", accountID.String(), network), s.Limits.Known}}
	}
	var buckets []domain.Bucket
	for _, m := range slices.Concat(meters, st.known) {
		buckets = append(buckets, m.bucket)
	}
	now := s.Clock.Now()
	emptyAt, err := s.Attempts.EmptyAt(ctx, buckets, now)
	if err != nil {
		return st, err
	}
	for _, m := range meters {
		st.wait = max(st.wait, m.rate.Wait(emptyAt[m.bucket], now))
	}
	for _, m := range st.known {
		st.trusted = m.rate.Wait(emptyAt[m.bucket], now) == 0
	}
	return st, nil
}

// admit returns how an attempt stands, or ErrTooMany when it must wait.
func (s *Service) admit(ctx context.Context, meters []meter, accountID id.ID, network string) (standing, error) {
	st, err := s.stand(ctx, meters, accountID, network)
	if err == nil {
		err = st.refused()
	}
	return st, err
}

// refused returns ErrTooMany for an attempt that must wait.
func (st standing) refused() error {
	if st.wait > 0 && !st.trusted {
		return domain.ErrTooMany.After(st.wait)
	}
	return nil
}

// failed counts an attempt that has failed, also when its caller is gone, and returns its fault. While others must wait,
// it returns ErrTooMany and counts the attempt only for the account on this network: the others must not wait longer than
// their Retry-After said.
func (st standing) failed(ctx context.Context, cause error) error {
	if st.wait > 0 {
		st.meters = nil
	}
	if err := st.count(ctx); err != nil {
		return err
	}
	if st.wait > 0 {
		return domain.ErrTooMany.After(st.wait)
	}
	return cause
}

func (st standing) count(ctx context.Context) error {
	var attempts []domain.Attempt
	for _, m := range slices.Concat(st.meters, st.known) {
		attempts = append(attempts, m.rate.Attempt(m.bucket))
	}
	return st.service.Attempts.Add(context.WithoutCancel(ctx), attempts, st.service.Clock.Now())
}
