package main

import (
	"context"
	"errors"
	"log/slog"

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
	"coinslot/platform/config"
	"coinslot/platform/id"
	"coinslot/platform/jobs"

	"go.uber.org/fx"
)

func billingModule() fx.Option {
	return fx.Module("billing", probed("billing"),
		fx.Provide(
			fx.Private,
			fx.Annotate(publisher, fx.As(new(postgres.Publisher))),
			fx.Annotate(postgres.NewUnitOfWork, fx.As(new(ports.UnitOfWork))),
			fx.Annotate(postgres.NewBooks, fx.As(new(ports.Books))),
			fx.Annotate(postgres.NewBacklog, fx.As(new(ports.Backlog))),
			fx.Annotate(postgres.NewPapers, fx.As(new(ports.Papers))),
			fx.Annotate(postgres.NewJournal, fx.As(new(ports.Journal))),
			fx.Annotate(newProvider, fx.As(new(ports.PaymentProvider)), fx.As(new(ports.ProviderBooks))),
			fx.Annotate(newWebhooks, fx.As(new(ports.Webhooks))),
			pdf.NewRenderer,
			cii.NewRenderer,
			newSellers,
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

func newProvider(cfg config.Payments) *mockpay.Provider { return mockpay.NewProvider(cfg.URL, cfg) }

func newWebhooks(cfg config.Payments) *mockpay.Webhooks {
	return mockpay.NewWebhooks(cfg.WebhookSecrets)
}

// billingPorts are billing's adapters.
type billingPorts struct {
	fx.In

	Work     ports.UnitOfWork
	Books    ports.Books
	Backlog  ports.Backlog
	Papers   ports.Papers
	Journal  ports.Journal
	Provider ports.PaymentProvider
	Charges  ports.ProviderBooks
	Webhooks ports.Webhooks
	PDF      *pdf.Renderer
	XML      cii.Renderer
	Sellers  domain.Sellers
}

func newSellers(cfg config.Store) domain.Sellers {
	out := domain.Sellers{Default: domain.Seller(cfg.Seller), Branches: map[string]domain.Seller{}}
	for _, branch := range cfg.Branches {
		for _, country := range branch.SellsTo {
			out.Branches[country] = domain.Seller(branch.Seller)
		}
	}
	return out
}

func newBillingLimits(invoices config.Invoices, payments config.Payments, sweeper config.Sweeper) service.Limits {
	return service.Limits{Batch: invoices.Batch, Parallel: sweeper.Parallel, WatchFor: payments.LookAgainAfter, KeepFor: payments.KeepWebhooks}
}

func newBillingDeps(p billingPorts, clock clock.Clock, ids id.Source, log *slog.Logger, limits service.Limits) service.Deps {
	return service.Deps{
		Work: p.Work, Books: p.Books, Backlog: p.Backlog, Papers: p.Papers, Journal: p.Journal, Provider: p.Provider, Charges: p.Charges,
		Webhooks: p.Webhooks, PDF: p.PDF, XML: p.XML, Sellers: p.Sellers, Clock: clock, IDs: ids, Log: log, Limits: limits,
	}
}

// newNumberer is the store's clerk: it numbers papers and seals the journal, off the buyer's path.
func newNumberer(s *service.Service, cfg config.Invoices, log *slog.Logger) *jobs.Loop {
	return jobs.NewLoop("number papers and seal the journal", cfg.PollInterval, func(ctx context.Context) error {
		return errors.Join(s.NumberAll(ctx), s.SealAll(ctx))
	}, log)
}
