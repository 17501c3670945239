package store

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/identity"
	"coinslot/platform/id"
	"coinslot/platform/jobs"
	"coinslot/platform/page"
	"coinslot/platform/telemetry"

	"go.uber.org/fx"

	billingdomain "coinslot/modules/billing/domain"
	billingservice "coinslot/modules/billing/service"
	cartservice "coinslot/modules/cart/service"
	checkoutbilling "coinslot/modules/checkout/adapters/billing"
	checkoutservice "coinslot/modules/checkout/service"
	identityservice "coinslot/modules/identity/service"
	libraryservice "coinslot/modules/library/service"
)

// eventsModule subscribes consumers to events. Each consumer has its own kind of job, so that a failed one is retried
// separately.
func eventsModule() fx.Option {
	return fx.Module("events", fx.Provide(newRoutes, newWorkers, newSweeper, newAccountUpkeep))
}

type applyPayment struct{ billing.PaymentChanged }

// Kind returns the kind of the job.
func (applyPayment) Kind() string { return "checkout.payment_changed" }

type eraseCart struct{ identity.AccountErased }

// Kind returns the kind of the job.
func (eraseCart) Kind() string { return "cart.account_erased" }

type eraseOrders struct{ identity.AccountErased }

// Kind returns the kind of the job.
func (eraseOrders) Kind() string { return "checkout.account_erased" }

type eraseLibrary struct{ identity.AccountErased }

// Kind returns the kind of the job.
func (eraseLibrary) Kind() string { return "library.account_erased" }

type eraseBilling struct{ identity.AccountErased }

// Kind returns the kind of the job.
func (eraseBilling) Kind() string { return "billing.account_erased" }

type prepareExport struct{ billingdomain.ExportRequested }

// Kind returns the kind of the job.
func (prepareExport) Kind() string { return "billing.export_requested" }

// sweep is a job that earlier releases insert every second. It is accepted while such a release runs on the same
// database.
type sweep struct{}

// Kind returns the kind of the job.
func (sweep) Kind() string { return "sweep" }

func newRoutes(cfg Config) *jobs.Routes {
	r := jobs.NewRoutes()
	routeMail(r, cfg.Mail)
	jobs.Subscribe(r, func(e billing.PaymentChanged) jobs.Args { return applyPayment{e} })
	jobs.Subscribe(r, func(e identity.AccountErased) jobs.Args { return eraseOrders{e} })
	jobs.Subscribe(r, func(e identity.AccountErased) jobs.Args { return eraseCart{e} })
	jobs.Subscribe(r, func(e identity.AccountErased) jobs.Args { return eraseLibrary{e} })
	jobs.Subscribe(r, func(e identity.AccountErased) jobs.Args { return eraseBilling{e} })
	jobs.Subscribe(r, func(e billingdomain.ExportRequested) jobs.Args { return prepareExport{e} })
	return r
}

// consumers are the use cases that handle events.
type consumers struct {
	fx.In

	Checkout *checkoutservice.Service
	Cart     *cartservice.Service
	Library  *libraryservice.Service
	Billing  *billingservice.Service
	Accounts *identityservice.Service
	Log      *slog.Logger
}

const sweepTimeout = 15 * time.Second

// sweep resumes stalled work: payments and refunds first, because orders depend on them.
func (c consumers) sweep(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	return errors.Join(c.Billing.Sweep(ctx), c.Checkout.Sweep(ctx))
}

// sweeper is the loop that sweeps.
type sweeper struct{ *jobs.Loop }

func newSweeper(c consumers, b base) sweeper {
	return sweeper{jobs.NewLoop("sweep", jobs.Every(b.Config.Sweeper.Interval), func(ctx context.Context) (bool, error) {
		return true, c.sweep(ctx)
	}, b.Log).ByLeader(b.lease("sweep"))}
}

// accountUpkeep prunes sessions, exports of documents and idempotency keys, erases unverified accounts that have
// expired, and backfills canonical e-mail addresses that earlier releases left empty. It runs a second after the start,
// then at growing intervals of up to an hour.
type accountUpkeep struct{ *jobs.Loop }

func newAccountUpkeep(c consumers, b base) accountUpkeep {
	return accountUpkeep{jobs.NewLoop("account upkeep", jobs.Pace{Busy: time.Second, Idle: time.Hour},
		func(ctx context.Context) (bool, error) {
			return false, errors.Join(c.Accounts.Prune(ctx), c.Accounts.BackfillEmailForms(ctx), c.Billing.PruneExports(ctx),
				c.Accounts.ExpireUnverified(ctx, c.buyers), c.Billing.PruneWebhooks(ctx), c.Checkout.PruneKeys(ctx))
		}, b.Log).ByLeader(b.lease("account upkeep"))}
}

// buyers reports which accounts have an order.
func (c consumers) buyers(ctx context.Context, accountIDs []id.ID) (map[id.ID]bool, error) {
	out := map[id.ID]bool{}
	for _, accountID := range accountIDs {
		orders, err := c.Checkout.List(ctx, accountID, page.Request{Limit: 1})
		if err != nil {
			return nil, err
		}
		out[accountID] = len(orders.Items) > 0
	}
	return out, nil
}

func newWorkers(c consumers, t *telemetry.Telemetry) *jobs.Workers {
	w := jobs.NewWorkers(t)
	jobs.Handle(w, func(context.Context, sweep) error { return nil }) // the sweeper does it
	payments := checkoutbilling.NewEvents(c.Checkout)
	jobs.Handle(w, func(ctx context.Context, a applyPayment) error {
		return payments.PaymentChanged(ctx, a.PaymentChanged)
	})
	jobs.Handle(w, func(ctx context.Context, a eraseOrders) error { return c.Checkout.EraseAccount(ctx, a.AccountID) })
	jobs.Handle(w, func(ctx context.Context, a eraseCart) error { return c.Cart.EraseAccount(ctx, a.AccountID) })
	jobs.Handle(w, func(ctx context.Context, a eraseBilling) error { return c.Billing.EraseAccount(ctx, a.AccountID) })
	jobs.Handle(w, func(ctx context.Context, a prepareExport) error { return c.Billing.PrepareExport(ctx, a.ExportID) })
	jobs.Handle(w, func(ctx context.Context, a mailAccount) error {
		return delivered(ctx, c.Log, c.Accounts.SendMail(ctx, a.Mail))
	})
	jobs.Handle(w, func(ctx context.Context, a mailReceipt) error {
		return delivered(ctx, c.Log, c.Checkout.SendReceipt(ctx, a.Document))
	})
	jobs.Handle(w, func(ctx context.Context, a eraseLibrary) error { return c.Library.EraseAccount(ctx, a.AccountID) })
	return w
}
