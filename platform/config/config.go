// Package config reads the configuration: default.yaml, a profile, a file of one's own, the environment; later
// ones win. Nothing is guessed: an unknown key or a bad value is an error of one sentence that names the key.
//
// A program defines a struct of its sections and loads it. Those that any service needs are here.
package config

import "time"

// HTTP is the public listener and its budgets.
type HTTP struct {
	Address           string        `koanf:"address"`
	PublicURL         string        `koanf:"public_url"`
	CORSOrigins       []string      `koanf:"cors_origins"`
	TrustedProxies    []string      `koanf:"trusted_proxies"`
	HandlerTimeout    time.Duration `koanf:"handler_timeout"`
	ReadHeaderTimeout time.Duration `koanf:"read_header_timeout"`
	ReadTimeout       time.Duration `koanf:"read_timeout"`
	WriteTimeout      time.Duration `koanf:"write_timeout"`
	IdleTimeout       time.Duration `koanf:"idle_timeout"`
	DrainTimeout      time.Duration `koanf:"drain_timeout"`
	InFlight          int           `koanf:"in_flight"`
	Connections       int           `koanf:"connections"`
	BodyMemory        int           `koanf:"body_memory"`
}

// Admin is the listener for metrics and profiles.
type Admin struct {
	Address string `koanf:"address"`
}

// Log says what is logged, and how.
type Log struct {
	Level  string `koanf:"level"`
	Format string `koanf:"format"`
}

// Data is the folder that a local store keeps its things in.
type Data struct {
	Dir string `koanf:"dir"`
}

// Database is the store's own connection and its budgets.
type Database struct {
	URL                string        `koanf:"url"`
	PoolSize           int           `koanf:"pool_size"`
	ConnectTimeout     time.Duration `koanf:"connect_timeout"`
	AcquireTimeout     time.Duration `koanf:"acquire_timeout"`
	TransactionTimeout time.Duration `koanf:"transaction_timeout"`
	CommitTimeout      time.Duration `koanf:"commit_timeout"`
	StatementTimeout   time.Duration `koanf:"statement_timeout"`
	LockTimeout        time.Duration `koanf:"lock_timeout"`
}

// Migration is the owner's connection.
type Migration struct {
	DatabaseURL string `koanf:"database_url"`
}

// Secrets says where secrets come from.
type Secrets struct {
	Generate bool `koanf:"generate"`
}

// Jobs says how background work is done.
type Jobs struct {
	PollInterval time.Duration `koanf:"poll_interval"`
	Workers      int           `koanf:"workers"`
}
