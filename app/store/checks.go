package store

import (
	"time"

	"coinslot/platform/config"
	"coinslot/platform/fault"
)

// ChecksConfig is the section checks: the scheduled checks of app/verify.
type ChecksConfig struct {
	VerifyInterval    time.Duration `koanf:"verify_interval"`    // 0: never
	ReconcileInterval time.Duration `koanf:"reconcile_interval"` // of days with differences; 0: never
	StatementTimeout  time.Duration `koanf:"statement_timeout"`
}

// Validate returns the violations by key.
func (c ChecksConfig) Validate() []fault.Field {
	var v config.Violations
	v.Duration("checks.statement_timeout", c.StatementTimeout)
	for key, interval := range map[string]time.Duration{
		"checks.verify_interval": c.VerifyInterval, "checks.reconcile_interval": c.ReconcileInterval,
	} {
		if interval < 0 {
			v.Add(key, interval, "write a duration such as 1h, or 0s to turn the check off")
		}
	}
	return v
}
