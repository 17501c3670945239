// Package config reads the configuration from default.yaml, a profile, a file of the operator, and the environment. A
// later source overrides an earlier one. An unknown key or an invalid value is an error of one sentence that names
// the key.
//
// A program defines a struct of its sections and passes it to Load. This package has the sections that any service
// needs.
package config

import "time"

// HTTP configures the public listener, its timeouts and its limits.
type HTTP struct {
	Address           string        `koanf:"address"`
	PublicURL         string        `koanf:"public_url"`
	CORSOrigins       []string      `koanf:"cors_origins"`
	TrustedProxies    []string      `koanf:"trusted_proxies"` // address ranges in CIDR notation
	CountryHeader     string        `koanf:"country_header"`  // of trusted proxies: the country of the client's address
	HandlerTimeout    time.Duration `koanf:"handler_timeout"`
	ReadHeaderTimeout time.Duration `koanf:"read_header_timeout"`
	ReadTimeout       time.Duration `koanf:"read_timeout"`
	WriteTimeout      time.Duration `koanf:"write_timeout"`
	IdleTimeout       time.Duration `koanf:"idle_timeout"`
	DrainDelay        time.Duration `koanf:"drain_delay"` // of a shutdown; see web.Server.Shutdown
	DrainTimeout      time.Duration `koanf:"drain_timeout"`
	InFlight          int           `koanf:"in_flight"`   // requests that are handled at once
	Connections       int           `koanf:"connections"` // that are open at once
	BodyMemory        int           `koanf:"body_memory"` // of all request bodies being received, in bytes
}

// Admin configures the listener for metrics and profiles.
type Admin struct {
	Address string `koanf:"address"`
}

// Log configures the level and the format of the log.
type Log struct {
	Level  string `koanf:"level"`
	Format string `koanf:"format"`
}

// Data configures the data folder of a local store.
type Data struct {
	Dir string `koanf:"dir"`
}

// Database configures the store's connection pool and its timeouts.
type Database struct {
	URL                string        `koanf:"url"`
	ReplicaURL         string        `koanf:"replica_url"` // of hot standbys for reads; empty: none
	PoolSize           int           `koanf:"pool_size"`
	ConnectTimeout     time.Duration `koanf:"connect_timeout"`
	AcquireTimeout     time.Duration `koanf:"acquire_timeout"`
	TransactionTimeout time.Duration `koanf:"transaction_timeout"`
	CommitTimeout      time.Duration `koanf:"commit_timeout"`
	StatementTimeout   time.Duration `koanf:"statement_timeout"`
	LockTimeout        time.Duration `koanf:"lock_timeout"`
	IdleTimeout        time.Duration `koanf:"idle_timeout"` // after which idle connections are closed; 0: pgx's default
}

// Migration configures the connection of the schema's owner.
type Migration struct {
	DatabaseURL string `koanf:"database_url"`
}

// Secrets configures whether missing secrets are generated.
type Secrets struct {
	Generate bool `koanf:"generate"`
}

// Jobs configures the workers of background jobs.
type Jobs struct {
	PollInterval time.Duration `koanf:"poll_interval"`
	PauseAfter   time.Duration `koanf:"pause_after"` // time without jobs until the queue is paused
	Workers      int           `koanf:"workers"`
	Lease        time.Duration `koanf:"lease"` // time to live of the leases of periodic work
}
