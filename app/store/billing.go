package store

import (
	"context"
	"fmt"
	"log/slog"

	"coinslot/app/store/probe"
	"coinslot/modules/billing"
	"coinslot/modules/billing/adapters/cii"
	"coinslot/modules/billing/adapters/mockpay"
	"coinslot/modules/billing/adapters/pdf"
	"coinslot/modules/billing/adapters/postgres"
	"coinslot/modules/billing/adapters/rest"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/modules/billing/service"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/jobs"
	"coinslot/platform/web"

	"go.opentelemetry.io/otel/metric"
	"go.uber.org/fx"
)

func billingModule() fx.Option {
	return fx.Module("billing", probe.Of("billing"),
		fx.Provide(
			fx.Private,
			fx.Annotate(publisher, fx.As(new(postgres.Publisher))),
			fx.Annotate(postgres.NewUnitOfWork, fx.As(new(ports.UnitOfWork))),
			fx.Annotate(postgres.NewBooks, fx.As(new(ports.Books))),
			fx.Annotate(postgres.NewBacklog, fx.As(new(ports.Backlog))),
			fx.Annotate(postgres.NewPapers, fx.As(new(ports.Papers))),
			fx.Annotate(postgres.NewArchive, fx.As(new(ports.Archive))),
			fx.Annotate(postgres.NewJournal, fx.As(new(ports.Journal))),
			fx.Annotate(newProvider, fx.As(new(ports.PaymentProvider)), fx.As(new(ports.ProviderBooks))),
			fx.Annotate(newWebhooks, fx.As(new(ports.Webhooks))),
			pdf.NewRenderer,
			cii.NewRenderer,
			newSellers,
			newExternalCounter,
			newBillingLimits,
			newBillingDeps,
		),
		fx.Provide(
			fx.Annotate(service.New, fx.As(fx.Self()), fx.As(new(billing.Billing))),
			newNumberer,
		),
		fx.Invoke(rest.Register),
	)
}

func newProvider(cfg billing.PaymentConfig, log *slog.Logger) *mockpay.Provider {
	return mockpay.NewProvider(cfg.URL, cfg, log)
}

func newWebhooks(cfg billing.PaymentConfig) *mockpay.Webhooks {
	return mockpay.NewWebhooks(cfg.WebhookSecrets)
}

// billingPorts are billing's adapters.
type billingPorts struct {
	fx.In

	Work     ports.UnitOfWork
	Books    ports.Books
	Backlog  ports.Backlog
	Papers   ports.Papers
	Archive  ports.Archive
	Journal  ports.Journal
	Provider ports.PaymentProvider
	Charges  ports.ProviderBooks
	Webhooks ports.Webhooks
	PDF      *pdf.Renderer
	XML      cii.Renderer
	Sellers  domain.Sellers
	External externalCounter
}

// externalCounter counts the refunds that the provider made by itself.
type externalCounter func(ctx context.Context)

func newExternalCounter(admin *web.Admin) (externalCounter, error) {
	counter, err := admin.Meters().Meter("coinslot/billing").Int64Counter("coinslot_external_refunds",
		metric.WithDescription("Refunds that the payment provider made by itself."))
	if err != nil {
		return nil, fmt.Errorf("make the counter of external refunds: %w", err)
	}
	return func(ctx context.Context) { counter.Add(ctx, 1) }, nil
}

func newSellers(cfg BusinessConfig) domain.Sellers {
	out := domain.Sellers{Default: domain.Seller(cfg.Seller), Branches: map[string]domain.Seller{}}
	for _, branch := range cfg.Branches {
		for _, country := range branch.SellsTo {
			out.Branches[country] = domain.Seller(branch.Seller)
		}
	}
	return out
}

func newBillingLimits(invoices billing.InvoiceConfig, payments billing.PaymentConfig,
	sweeper SweeperConfig,
) service.Limits {
	return service.Limits{
		Batch: invoices.Batch, Parallel: sweeper.Parallel, WatchFor: payments.LookAgainAfter,
		KeepFor: payments.KeepWebhooks, AskFor: payments.Timeout,
	}
}

func newBillingDeps(p billingPorts, clock clock.Clock, ids id.Source, log *slog.Logger,
	limits service.Limits,
) service.Deps {
	return service.Deps{
		Work: p.Work, Books: p.Books, Backlog: p.Backlog, Papers: p.Papers, Archive: p.Archive, Journal: p.Journal,
		Provider: p.Provider, Charges: p.Charges,
		Webhooks: p.Webhooks, PDF: p.PDF, XML: p.XML, Sellers: p.Sellers, External: p.External,
		Clock: clock, IDs: ids, Log: log, Limits: limits,
	}
}

// newNumberer is the store's clerk: it numbers papers and seals the journal, off the buyer's path.
func newNumberer(s *service.Service, cfg billing.InvoiceConfig, log *slog.Logger) *jobs.Loop {
	pace := jobs.Pace{Busy: cfg.PollInterval, Idle: 2 * cfg.PollInterval}
	return jobs.NewLoop("number papers and seal the journal", pace, s.FinishPapers, log)
}
