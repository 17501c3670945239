package domain

import (
	"crypto/sha256"
	"net/netip"
	"strings"
	"time"
)

// Rate is a limit: Burst attempts at once, after which one more is allowed each Per / Burst.
type Rate struct {
	Burst int
	Per   time.Duration
}

// cost is how long it takes until an attempt is forgotten.
func (r Rate) cost() time.Duration { return r.Per / time.Duration(r.Burst) }

// Attempt is what an attempt adds to a bucket: GCRA, the leaky bucket that keeps one moment. Attempts that run beside one
// another may overdraw a bucket; the debt is paid back, so the rate holds over time, but for no longer than Debt.
type Attempt struct {
	Bucket Bucket
	Cost   time.Duration
	Debt   time.Duration // how far into the future the bucket may be filled
}

// Bucket names what attempts are counted for, without telling who or where that is.
type Bucket [16]byte

// BucketOf returns the bucket of what these words name together.
func BucketOf(words ...string) Bucket {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return Bucket(sum[:len(Bucket{})])
}

// debtOf bounds how long nobody may try after a flood: twice the time in which a full bucket drains.
const debtOf = 2

// Attempt returns what one attempt under this rate adds to a bucket.
func (r Rate) Attempt(b Bucket) Attempt {
	return Attempt{Bucket: b, Cost: r.cost(), Debt: debtOf * r.Per}
}

// Wait returns how long nobody may try, for a bucket that is empty again at a moment; 0: not at all.
func (r Rate) Wait(emptyAt, now time.Time) time.Duration {
	if !emptyAt.After(now) {
		return 0
	}
	return max(0, emptyAt.Sub(now)-r.Per+r.cost())
}

// Fill returns when a bucket is empty again after one more attempt.
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

// Network is the part of an address that attempts are counted by: an IPv4 address, or the /64 of an IPv6 address, which
// is what one subscriber is given. It is empty for no address.
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
