package domain

import (
	"crypto/sha256"
	"net/netip"
	"strings"
	"time"
)

// Rate is a rate limit: a burst of attempts, and then one attempt each Per / Burst.
type Rate struct {
	Burst int
	Per   time.Duration
}

// cost is the time in which a bucket drains one attempt.
func (r Rate) cost() time.Duration { return r.Per / time.Duration(r.Burst) }

// Attempt is the cost of an attempt for a bucket. The algorithm is GCRA, a leaky bucket whose state is the time at
// which it is empty. Concurrent attempts may overfill a bucket: the rate holds in the long run, except for a debt
// beyond Debt.
type Attempt struct {
	Bucket Bucket
	Cost   time.Duration
	Debt   time.Duration // the maximum time until the bucket is empty
}

// Bucket identifies a rate limiter by a hash, so that stored buckets have no personal data.
type Bucket [16]byte

// BucketOf returns the bucket for a list of words.
func BucketOf(words ...string) Bucket {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return Bucket(sum[:len(Bucket{})])
}

// maxDebt is the maximum debt after a flood, as a multiple of Per.
const maxDebt = 2

// Attempt returns the cost of one attempt with this rate for a bucket.
func (r Rate) Attempt(b Bucket) Attempt {
	return Attempt{Bucket: b, Cost: r.cost(), Debt: maxDebt * r.Per}
}

// Wait returns the time until the next attempt is allowed, for a bucket that is empty at emptyAt. It returns 0 when an
// attempt is allowed now.
func (r Rate) Wait(emptyAt, now time.Time) time.Duration {
	if !emptyAt.After(now) {
		return 0
	}
	return max(0, emptyAt.Sub(now)-r.Per+r.cost())
}

// Fill returns the new time at which a bucket is empty after an attempt.
func (a Attempt) Fill(emptyAt, now time.Time) time.Time {
	if emptyAt.Before(now) {
		emptyAt = now
	}
	emptyAt = emptyAt.Add(a.Cost)
	if most := now.Add(a.Debt); emptyAt.After(most) {
		return most
	}
	return emptyAt
}

// Network returns the part of an address that rate limits apply to: an IPv4 address, or the /64 prefix of an IPv6
// address, which is the usual allocation of one subscriber. It is empty for an invalid address.
func Network(address netip.Addr) string {
	address = address.Unmap().WithZone("")
	if !address.IsValid() {
		return ""
	}
	if address.Is6() {
		prefix, err := address.Prefix(64)
		if err != nil {
			return ""
		}
		return prefix.String()
	}
	return address.String()
}
