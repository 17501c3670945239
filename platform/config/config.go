// Package config reads the configuration: default.yaml, a profile, a file of one's own, the environment; later
// ones win. Nothing is guessed: an unknown key or a bad value is an error of one sentence that names the key.
package config

import (
	"time"
)

// Config is the whole configuration. The comments stand beside the keys in configs/default.yaml.
type Config struct {
	Profile   string    `koanf:"-"` // the one that was loaded; empty: none
	HTTP      HTTP      `koanf:"http"`
	Admin     Admin     `koanf:"admin"`
	Log       Log       `koanf:"log"`
	Data      Data      `koanf:"data"`
	Database  Database  `koanf:"database"`
	Migration Migration `koanf:"migration"`
	Secrets   Secrets   `koanf:"secrets"`
	Tokens    Tokens    `koanf:"tokens"`
	Passwords Passwords `koanf:"passwords"`
	Limits    Limits    `koanf:"limits"`
	Payments  Payments  `koanf:"payments"`
	Sweeper   Sweeper   `koanf:"sweeper"`
	Mockpay   Mockpay   `koanf:"mockpay"`
	Invoices  Invoices  `koanf:"invoices"`
	Jobs      Jobs      `koanf:"jobs"`
	Store     Store     `koanf:"store"`
	Taxes     Taxes     `koanf:"taxes"`
	Checkout  Checkout  `koanf:"checkout"`
	Refunds   Refunds   `koanf:"refunds"`
	Catalog   Catalog   `koanf:"catalog"`
}

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

// Tokens are the access and refresh tokens.
type Tokens struct {
	Key        string        `koanf:"key"`
	AccessTTL  time.Duration `koanf:"access_ttl"`
	RefreshTTL time.Duration `koanf:"refresh_ttl"`
	SessionTTL time.Duration `koanf:"session_ttl"`
}

// Passwords bounds the hashing of passwords.
type Passwords struct {
	Parallel int `koanf:"parallel"`
	Queue    int `koanf:"queue"`
	Share    int `koanf:"share"`
	Reserved int `koanf:"reserved"`
}

// Catalog bounds how many answers about products are remembered.
type Catalog struct {
	Cache int `koanf:"cache"`
}

// Payments is the payment provider.
type Payments struct {
	URL            string        `koanf:"url"`
	APIKey         string        `koanf:"api_key"`
	ReturnOrigins  []string      `koanf:"return_origins"`
	WebhookSecrets []string      `koanf:"webhook_secrets"`
	Timeout        time.Duration `koanf:"timeout"`
	ConnectTimeout time.Duration `koanf:"connect_timeout"`
	Slots          int           `koanf:"slots"`
	OpenAfter      int           `koanf:"open_after"`
	OpenFor        time.Duration `koanf:"open_for"`
	ActionWithin   time.Duration `koanf:"action_within"`
	GiveUpAfter    time.Duration `koanf:"give_up_after"`
	LookAgainAfter time.Duration `koanf:"look_again_after"`
	KeepWebhooks   time.Duration `koanf:"keep_webhooks"`
}

// Sweeper resumes stalled orders, payments and refunds.
type Sweeper struct {
	Interval time.Duration `koanf:"interval"`
	Patience time.Duration `koanf:"patience"`
	Parallel int           `koanf:"parallel"`
}

// Mockpay is the mock payment provider beside the store.
type Mockpay struct {
	Spawn          bool   `koanf:"spawn"`
	Address        string `koanf:"address"`
	PublicURL      string `koanf:"public_url"`
	FeeBasisPoints int    `koanf:"fee_basis_points"`
}

// Invoices says how invoices are numbered.
type Invoices struct {
	PollInterval time.Duration `koanf:"poll_interval"`
	Batch        int           `koanf:"batch"`
}

// Jobs says how background work is done.
type Jobs struct {
	PollInterval time.Duration `koanf:"poll_interval"`
	Workers      int           `koanf:"workers"`
}

// Store is the business behind the store.
type Store struct {
	Currency string   `koanf:"currency"`
	Country  string   `koanf:"country"`
	Language string   `koanf:"language"`
	Seller   Seller   `koanf:"seller"`
	Branches []Branch `koanf:"branches"`
}

// Seller stands at the head of every invoice.
type Seller struct {
	Name    string   `koanf:"name"`
	Address []string `koanf:"address"`
	Country string   `koanf:"country"`
	TaxID   string   `koanf:"tax_id"`
	Email   string   `koanf:"email"`
}

// Branch is a seller for some countries.
type Branch struct {
	Seller  `koanf:",squash"`
	SellsTo []string `koanf:"sells_to"`
}

// Taxes says how sales are taxed.
type Taxes struct {
	Mode             string    `koanf:"mode"`
	PricesIncludeTax bool      `koanf:"prices_include_tax"`
	Rates            []TaxRate `koanf:"rates"`
}

// TaxRate is the rate of a country from one day until before another. Without kinds it is that of every kind of
// product that has no rate of its own.
type TaxRate struct {
	Country string   `koanf:"country"`
	Kinds   []string `koanf:"kinds"`
	Percent string   `koanf:"percent"`
	From    string   `koanf:"from"`
	Until   string   `koanf:"until"`
}

// Checkout says how long orders wait for their buyers.
type Checkout struct {
	DeclinedFor time.Duration `koanf:"declined_for"`
}

// Refunds says when buyers get their money back.
type Refunds struct {
	Window time.Duration `koanf:"window"`
}
