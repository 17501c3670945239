package checkout

import (
	"time"

	"coinslot/platform/fault"
)

// Config is the section checkout: how long orders wait for their buyers.
type Config struct {
	DeclinedFor  time.Duration `koanf:"declined_for"`
	VerifiedOnly bool          `koanf:"verified_only"` // accounts whose address is not confirmed may not buy
	KeepKeys     time.Duration `koanf:"keep_keys"`     // idempotency keys of repeated payments of finished orders
}

// Validate returns what is wrong, by key.
func (c Config) Validate() []fault.Field {
	out := atLeast("checkout.declined_for", c.DeclinedFor)
	if c.KeepKeys < minKeepKeys {
		out = append(out, fault.Field{Location: "checkout.keep_keys", Message: "it must be at least 24h", Value: c.KeepKeys})
	}
	return out
}

// minKeepKeys is longer than clients repeat a call.
const minKeepKeys = 24 * time.Hour

// RefundConfig is the section refunds: when buyers may ask for their money back.
type RefundConfig struct {
	Window time.Duration `koanf:"window"`
}

// Validate returns what is wrong, by key.
func (c RefundConfig) Validate() []fault.Field { return atLeast("refunds.window", c.Window) }

func atLeast(key string, d time.Duration) []fault.Field {
	if d < time.Millisecond {
		return []fault.Field{{Location: key, Message: "it must be at least 1ms", Value: d}}
	}
	return nil
}
