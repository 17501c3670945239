package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"coinslot/app/samples"
	"coinslot/app/store"
	"coinslot/app/verify"
	"coinslot/platform/child"
	"coinslot/platform/datadir"
	"coinslot/platform/gclimit"
	"coinslot/platform/log"
	"coinslot/platform/web"

	"go.uber.org/dig"
	"go.uber.org/fx"
)

const (
	startTimeout = 30 * time.Second
	// fillTimeout bounds the addition of the samples. It is longer than one transaction of patient.
	fillTimeout = 3 * time.Minute
	// closeTimeout bounds a shutdown after the drain of the listener.
	closeTimeout = 10 * time.Second
	// gcPercent trades memory for fewer collections. The live heap is small, most allocations are garbage when their
	// request ends.
	gcPercent = 400
)

// memoryRange bounds the soft memory limit. At its minimum, an idle store uses less than 100 MiB, including 30 MiB for
// the executable.
var memoryRange = gclimit.Range{Min: 62 << 20, Max: 256 << 20, Interval: 500 * time.Millisecond}

type serveCmd struct{}

// Run runs the store until SIGINT or SIGTERM.
func (serveCmd) Run(c *cli) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg, err := c.load()
	if err != nil {
		return err
	}
	e, err := prepare(ctx, cfg, (*environment).migrateEmbedded, (*environment).checkDatabase)
	if err != nil {
		return err
	}
	return errors.Join(e.serve(ctx), e.close())
}

func (e *environment) serve(ctx context.Context) error {
	logger, flush := log.New(e.cfg.Log, os.Stderr)
	defer func() { _ = flush() }() // an error cannot be logged any more
	if untaxed := store.Untaxed(e.cfg); len(untaxed) > 0 {
		logger.Warn("sales to some countries are not taxed, because taxes.rates has no row for them; their orders and "+
			"invoices say so", "countries", untaxed)
	}
	provider, err := e.startMockpay(ctx)
	if err != nil {
		return err
	}
	if provider != nil {
		defer func() {
			if err := provider.Stop(); err != nil {
				logger.Error("mockpay did not stop cleanly", "cause", err)
			}
		}()
	}
	box, err := e.startInbox()
	if err != nil {
		return err
	}
	if box != nil {
		defer func() {
			if err := box.Stop(); err != nil {
				logger.Error("the inbox did not stop cleanly", "cause", err)
			}
		}()
	}
	if !e.cfg.Mail.Enabled() {
		logger.Warn("no mail is sent, because mail.smtp is empty: accounts cannot confirm addresses or reset passwords")
	}
	return e.runStore(ctx, logger, flush, provider)
}

// startMockpay starts the mock payment provider if mockpay.spawn is set.
func (e *environment) startMockpay(ctx context.Context) (*child.Process, error) {
	if e.cfg.Payments.URL == "" {
		e.cfg.Payments.URL = "http://" + e.cfg.Mockpay.Address
	}
	if !e.cfg.Mockpay.Spawn {
		return nil, nil
	}
	if err := e.fixPort(); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program's executable: %w", err)
	}
	secrets := []string{
		MockpaySecret + "=" + e.cfg.Payments.WebhookSecrets[0], MockpayKey + "=" + e.cfg.Payments.APIKey,
	}
	provider, err := child.Start(ctx, secrets, self, "mockpay", "--until-eof", "--address", e.cfg.Mockpay.Address,
		"--public-url", e.cfg.Mockpay.PublicURL,
		"--fee-basis-points", strconv.Itoa(e.cfg.Mockpay.FeeBasisPoints),
		"--fee-fixed", strconv.Itoa(e.cfg.Mockpay.FeeFixed), "--dispute-fee", strconv.Itoa(e.cfg.Mockpay.DisputeFee),
		"--books", e.dir.Path("mockpay.db"), "--webhook-url", e.loopbackURL()+"/v1/webhooks/payments/mockpay")
	if err != nil {
		return nil, err
	}
	e.cfg.Payments.URL = loopback(provider.URL)
	return provider, nil
}

// fixPort replaces port 0 by a free port. The provider needs the webhook URL before the store listens.
func (e *environment) fixPort() error {
	host, port, err := net.SplitHostPort(e.cfg.HTTP.Address)
	if err != nil || port != "0" {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return fmt.Errorf("find a free port: %w", err)
	}
	e.cfg.HTTP.Address = listener.Addr().String()
	return listener.Close()
}

// loopbackURL returns the store's URL for processes of this machine.
func (e *environment) loopbackURL() string { return loopback("http://" + e.cfg.HTTP.Address) }

// loopback replaces an unspecified address, such as 0.0.0.0, by 127.0.0.1.
func loopback(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return uri
	}
	if ip, err := netip.ParseAddr(u.Hostname()); u.Hostname() == "" || (err == nil && ip.IsUnspecified()) {
		u.Host = net.JoinHostPort("127.0.0.1", u.Port())
	}
	return u.String()
}

func (e *environment) runStore(ctx context.Context, logger *slog.Logger, flush func() error,
	provider *child.Process,
) error {
	var server *web.Server
	var admin *web.Admin
	var loader samples.Loader
	var offered []web.DemoAccount
	if e.cfg.Profile == store.Local {
		offered = samples.DemoAccounts()
	}
	app := fx.New(store.New(e.cfg, logger), verify.Schedule(), fx.Supply(offered),
		fx.Populate(&server, &admin, &loader.Catalog, &loader.Identity),
		fx.StartTimeout(startTimeout), fx.StopTimeout(e.stopTimeout()))
	if err := dig.RootCause(app.Err()); err != nil {
		return err
	}
	filling, cancelFill := context.WithTimeout(ctx, fillTimeout)
	defer cancelFill()
	fill := func(ctx context.Context) error { return e.fill(ctx, logger, loader) }
	if err := store.WhileUnavailable(fill)(filling); err != nil {
		return err
	}
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := app.Start(starting); err != nil {
		return err
	}
	demo, err := e.shownDemo(starting, loader)
	if err != nil {
		return errors.Join(err, app.Stop(context.WithoutCancel(ctx)))
	}
	debug.FreeOSMemory() // memory that only the start needed
	tuneMemory(ctx)
	run := e.describe(server, admin, provider)
	err = e.dir.WriteRun(run)
	if err == nil {
		_ = flush() // the start's log lines come before the banner
		banner(os.Stdout, e, run, demo)
		wait(ctx, logger, e.database, provider)
	}
	stopping, cancelStop := context.WithTimeout(context.WithoutCancel(ctx), e.stopTimeout())
	defer cancelStop()
	return errors.Join(err, app.Stop(stopping))
}

func (e *environment) stopTimeout() time.Duration {
	return e.cfg.HTTP.DrainDelay + e.cfg.HTTP.DrainTimeout + closeTimeout
}

// tuneMemory sets the garbage collector's percentage and memory limit, unless GOGC or GOMEMLIMIT is set.
func tuneMemory(ctx context.Context) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		go memoryRange.Run(ctx)
	}
}

// wait returns when ctx is done or a child process ends.
func wait(ctx context.Context, logger *slog.Logger, children ...*child.Process) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, process := range children {
		if process == nil {
			continue
		}
		go func() {
			select {
			case <-process.Done():
				logger.Error("a child process ended; stopping the store", "pid", process.PID, "url", process.URL)
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	<-ctx.Done()
}

func (e *environment) describe(server *web.Server, admin *web.Admin, provider *child.Process) datadir.Run {
	run := datadir.Run{
		PID: os.Getpid(), URL: loopback("http://" + server.Address()), AdminURL: loopback("http://" + admin.Address()),
		DatabaseURL: e.cfg.Database.URL, InboxURL: e.inboxURL, StartedAt: time.Now().UTC(),
	}
	if provider != nil {
		run.MockpayURL, run.MockpayKey, run.MockpayPID = e.cfg.Payments.URL, e.cfg.Payments.APIKey, provider.PID
	}
	if e.database != nil {
		run.DatabasePID, run.MigrationDatabaseURL = e.database.PID, e.ownerURL
	}
	return run
}
