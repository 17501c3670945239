package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"coinslot/app/mockpay"
	"coinslot/app/store"
	"coinslot/configs"
	"coinslot/modules/billing"
	"coinslot/platform/child"
	"coinslot/platform/config"
	"coinslot/platform/datadir"
	"coinslot/platform/postgres"
)

// storeLogin is the restricted role with which the store connects to an embedded database.
const storeLogin = "coinslot_store"

// load reads the configuration from the profile, the file of --config and the environment.
func (c *cli) load() (store.Config, error) {
	return store.LoadConfig(config.Source{
		Files: configs.Files, Profile: c.Profile, Path: c.Config, Environ: os.Environ(),
	})
}

// environment is the data folder, the secrets and the database of a store.
type environment struct {
	cfg      store.Config
	dir      *datadir.Dir
	ownerURL string
	database *child.Process // the embedded PostgreSQL; nil if database.url is set
	inboxURL string         // of the running inbox; empty: none runs
}

// prepare locks the data folder, generates missing secrets and starts the embedded database. Then it runs further
// steps, such as (*environment).migrateEmbedded. The caller closes the environment.
func prepare(
	ctx context.Context, cfg store.Config, further ...func(e *environment, ctx context.Context) error,
) (*environment, error) {
	dir, err := datadir.Resolve(cfg.Data.Dir)
	if err != nil {
		return nil, err
	}
	if err := dir.Lock(); err != nil {
		return nil, err
	}
	e := &environment{cfg: cfg, dir: dir}
	e.cfg.Ledger.HeadFile = cmp.Or(cfg.Ledger.HeadFile, dir.Path("ledger-heads.jsonl"))
	for _, step := range append([]func(*environment, context.Context) error{
		(*environment).secrets, (*environment).startDatabase,
	}, further...) {
		if err := step(e, ctx); err != nil {
			return nil, errors.Join(err, e.close())
		}
	}
	return e, nil
}

// secrets generates missing secrets if the profile allows it, and rejects weak ones.
func (e *environment) secrets(context.Context) error {
	if !e.cfg.Secrets.Generate || e.cfg.Profile == store.Production {
		return e.cfg.Secure()
	}
	s, err := e.dir.Secrets()
	if err != nil {
		return err
	}
	e.cfg.Tokens.Key = cmp.Or(e.cfg.Tokens.Key, s.TokenKey)
	e.cfg.Payments.APIKey = cmp.Or(e.cfg.Payments.APIKey, s.MockpayKey)
	if len(e.cfg.Payments.WebhookSecrets) == 0 {
		e.cfg.Payments.WebhookSecrets = []string{s.WebhookSecret}
	}
	if len(e.cfg.Ledger.SealKeys) == 0 {
		e.cfg.Ledger.SealKeys = []string{generatedKey + s.SealKey}
	}
	return e.cfg.Secure()
}

// generatedKey precedes a generated key of the ledger's seals.
const generatedKey = "generated:"

// startDatabase runs an embedded PostgreSQL unless the configuration names a database.
func (e *environment) startDatabase(ctx context.Context) error {
	if e.cfg.Database.URL != "" {
		e.ownerURL = cmp.Or(e.cfg.Migration.DatabaseURL, e.cfg.Database.URL)
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's executable: %w", err)
	}
	if e.database, err = child.Start(ctx, nil, self, "db-serve", e.dir.Path("postgres")); err != nil {
		return err
	}
	e.ownerURL = e.database.URL
	s, err := e.dir.Secrets()
	if err != nil {
		return err
	}
	u, err := url.Parse(e.ownerURL)
	if err != nil {
		return fmt.Errorf("read the database's URL: %w", err)
	}
	u.User = url.UserPassword(storeLogin, s.StorePassword)
	e.cfg.Database.URL = u.String()
	return nil
}

func login(uri string) (name, password string) {
	u, err := url.Parse(uri)
	if err != nil {
		return "", ""
	}
	password, _ = u.User.Password()
	return u.User.Username(), password
}

// migrateEmbedded migrates the embedded database, which belongs to this program. Any other database is migrated by
// coinslot migrate up alone.
func (e *environment) migrateEmbedded(ctx context.Context) error {
	if e.database == nil {
		return nil
	}
	return migrate(ctx, e.ownerURL, e.cfg.Database.URL, (*postgres.Migrator).AdmitLogin)
}

// checkDatabase returns an error when this release cannot serve the database.
func (e *environment) checkDatabase(ctx context.Context) error {
	return store.CheckDatabase(ctx, patient(e.cfg))
}

// migrate applies the missing migrations as the owner and grants the store's role its privileges.
func migrate(ctx context.Context, ownerURL, storeURL string,
	admit func(m *postgres.Migrator, ctx context.Context, login, password string) error,
) error {
	m, err := store.NewMigrator(ctx, ownerURL)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := m.Up(ctx); err != nil {
		return err
	}
	owner, _ := login(ownerURL)
	name, password := login(storeURL)
	if owner == name {
		return nil
	}
	return admit(m, ctx, name, password)
}

// close stops the embedded database and unlocks the data folder.
func (e *environment) close() error {
	var err error
	if e.database != nil {
		err = e.database.Stop()
	}
	return errors.Join(err, e.dir.Unlock())
}

// patient returns the configuration with database timeouts for an operator's command and for the first start: nobody
// waits for them as for a request, and an import is one transaction of hundreds of statements.
func patient(cfg store.Config) store.Config {
	d := &cfg.Database
	d.ConnectTimeout = max(d.ConnectTimeout, 10*time.Second)
	d.AcquireTimeout = max(d.AcquireTimeout, 10*time.Second)
	d.StatementTimeout = max(d.StatementTimeout, 30*time.Second)
	d.TransactionTimeout = max(d.TransactionTimeout, 2*time.Minute)
	return cfg
}

// databases returns the configuration with the store's connection URL, and the owner's. It connects to the database of
// the running store. If none runs, it prepares an environment with further steps, which done closes.
func (c *cli) databases(
	ctx context.Context, further ...func(e *environment, ctx context.Context) error,
) (cfg store.Config, ownerURL string, done func() error, err error) {
	if cfg, err = c.load(); err != nil {
		return cfg, "", nil, err
	}
	cfg = patient(cfg)
	dir, err := datadir.Resolve(cfg.Data.Dir)
	if err != nil {
		return cfg, "", nil, err
	}
	if run, err := dir.ReadRun(); err == nil && Alive(run.URL) {
		cfg.Database.URL = run.DatabaseURL
		cfg.Payments.APIKey = cmp.Or(cfg.Payments.APIKey, run.MockpayKey)
		if cfg.Tokens.Key == "" { // the running store generated its own; commands sign no tokens
			cfg.Tokens.Key = store.UnusedKey
		}
		if s, err := dir.ReadSecrets(); err == nil && cfg.Secrets.Generate && len(cfg.Ledger.SealKeys) == 0 {
			cfg.Ledger.SealKeys = []string{generatedKey + s.SealKey}
		}
		ownerURL := cmp.Or(run.MigrationDatabaseURL, cfg.Migration.DatabaseURL, run.DatabaseURL)
		return cfg, ownerURL, func() error { return nil }, nil
	}
	e, err := prepare(ctx, cfg, further...)
	if err != nil {
		return cfg, "", nil, err
	}
	return e.cfg, e.ownerURL, e.close, nil
}

// Alive reports whether a process listens at a URL. A store that was killed leaves its run.json.
func Alive(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil {
		return false
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// provider returns the configuration of the running store's payment provider. If none runs, it starts a mockpay with
// the data folder's mockpay.db, which release stops.
func (c *cli) provider(cfg store.Config) (p billing.PaymentConfig, release func() error, err error) {
	p = cfg.Payments
	nothing := func() error { return nil }
	dir, err := datadir.Resolve(cfg.Data.Dir)
	if err != nil {
		return p, nil, err
	}
	if run, err := dir.ReadRun(); err == nil && Alive(run.MockpayURL) {
		p.URL = run.MockpayURL
		return p, nothing, nil
	}
	if p.URL != "" || !cfg.Mockpay.Spawn {
		return p, nothing, nil
	}
	server, err := mockpay.Start(mockpay.Options{
		Address: "127.0.0.1:0", APIKey: p.APIKey, Path: dir.Path("mockpay.db"),
	})
	if err != nil {
		return p, nil, err
	}
	p.URL = server.URL()
	return p, server.Stop, nil
}
