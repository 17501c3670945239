package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"

	"coinslot/app/mockpay"
	"coinslot/app/store"
	"coinslot/configs"
	"coinslot/modules/billing"
	"coinslot/platform/child"
	"coinslot/platform/config"
	"coinslot/platform/datadir"
	"coinslot/platform/postgres"
)

// storeLogin is the lesser role of an embedded database.
const storeLogin = "coinslot_store"

// load reads the configuration that the flags and the environment ask for.
func (c *cli) load() (store.Config, error) {
	return store.LoadConfig(config.Source{Files: configs.Files, Profile: c.Profile, Path: c.Config, Environ: os.Environ()})
}

// environment is what a store needs around it: a data folder, secrets and a database.
type environment struct {
	cfg      store.Config
	dir      *datadir.Dir
	ownerURL string
	database *child.Process // nil when the database is somebody else's
	oneRole  bool           // the store runs as the database's owner
}

// prepare locks the data folder and brings up whatever is missing.
func prepare(ctx context.Context, cfg store.Config) (*environment, error) {
	dir, err := datadir.Resolve(cfg.Data.Dir)
	if err != nil {
		return nil, err
	}
	if err := dir.Lock(); err != nil {
		return nil, err
	}
	e := &environment{cfg: cfg, dir: dir}
	for _, step := range []func(context.Context) error{e.secrets, e.startDatabase, e.migrate} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, e.close())
		}
	}
	return e, nil
}

// secrets makes up what may be, and refuses what is weak.
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
	return e.cfg.Secure()
}

// startDatabase runs an embedded PostgreSQL unless the configuration names a database.
func (e *environment) startDatabase(ctx context.Context) error {
	if e.cfg.Database.URL != "" {
		e.ownerURL = e.cfg.Migration.DatabaseURL
		if e.ownerURL == "" {
			e.ownerURL = e.cfg.Database.URL
		}
		owner, _ := login(e.ownerURL)
		name, _ := login(e.cfg.Database.URL)
		e.oneRole = owner == name
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	if e.database, err = child.Start(ctx, nil, self, "db-serve", e.dir.Path("postgres")); err != nil {
		return err
	}
	e.ownerURL = e.database.URL
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

// migrate brings the schema up to date as the owner and lets the store's role in.
func (e *environment) migrate(ctx context.Context) error {
	m, err := store.NewMigrator(ctx, e.ownerURL)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := m.Up(ctx); err != nil {
		return err
	}
	switch {
	case e.oneRole:
		return nil
	case e.database == nil:
		name, password := login(e.cfg.Database.URL)
		return m.Admit(ctx, name, password)
	}
	return e.admitStore(ctx, m)
}

func (e *environment) admitStore(ctx context.Context, m *postgres.Migrator) error {
	s, err := e.dir.Secrets()
	if err != nil {
		return err
	}
	if err := m.AdmitLogin(ctx, storeLogin, s.StorePassword); err != nil {
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

// close ends what prepare began, in the opposite order.
func (e *environment) close() error {
	var err error
	if e.database != nil {
		err = e.database.Stop()
	}
	return errors.Join(err, e.dir.Unlock())
}

// databases returns the owner's and the store's connection: those of the store that runs, or of a database that runs
// until done is called.
func (c *cli) databases(ctx context.Context) (cfg store.Config, ownerURL string, done func() error, err error) {
	if cfg, err = c.load(); err != nil {
		return cfg, "", nil, err
	}
	dir, err := datadir.Resolve(cfg.Data.Dir)
	if err != nil {
		return cfg, "", nil, err
	}
	if run, err := dir.ReadRun(); err == nil && Alive(run.URL) {
		cfg.Database.URL = run.DatabaseURL
		cfg.Payments.APIKey = cmp.Or(cfg.Payments.APIKey, run.MockpayKey)
		if cfg.Tokens.Key == "" { // the running store made its own up; nobody signs in here
			cfg.Tokens.Key = store.UnusedKey
		}
		return cfg, run.MigrationDatabaseURL, func() error { return nil }, nil
	}
	e, err := prepare(ctx, cfg)
	if err != nil {
		return cfg, "", nil, err
	}
	return e.cfg, e.ownerURL, e.close, nil
}

// Alive reports whether something listens at a URL: run.json outlives a store that was killed.
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

// provider returns where the payment provider is: that of the running store, or a mockpay that runs over the data
// folder's books until release is called.
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
	server, err := mockpay.Start(mockpay.Options{Address: "127.0.0.1:0", APIKey: p.APIKey, Path: dir.Path("mockpay.db")})
	if err != nil {
		return p, nil, err
	}
	p.URL = server.URL()
	return p, server.Stop, nil
}
