package store

import (
	"context"
	"fmt"

	"coinslot/app/store/probe"
	"coinslot/modules/billing"
	"coinslot/modules/billing/adapters/cii"
	"coinslot/modules/billing/adapters/mockpay"
	"coinslot/modules/billing/adapters/pdf"
	"coinslot/modules/billing/adapters/postgres"
	"coinslot/modules/billing/adapters/rest"
	"coinslot/modules/billing/service"
	"coinslot/platform/jobs"
	"coinslot/platform/typeset"

	"go.opentelemetry.io/otel/metric"
	"go.uber.org/fx"
)

func billingModule() fx.Option {
	return fx.Module("billing",
		fx.Provide(
			fx.Annotate(newBilling, fx.As(fx.Self()), fx.As(new(billing.Billing))),
			newNumbering,
		),
		fx.Invoke(rest.Register),
	)
}

func newBilling(b base, events *jobs.Publisher) (*service.Service, error) {
	cfg := b.Config
	pdf, err := newPDFRenderer(b)
	if err != nil {
		return nil, err
	}
	external, err := newExternalCounter(b.Admin.Meters())
	if err != nil {
		return nil, err
	}
	provider := mockpay.NewProvider(cfg.Payments.URL, cfg.Payments, b.Log)
	return service.New(service.Deps{
		Work:      probe.BillingWork(postgres.NewUnitOfWork(b.DB, events), b.Rig),
		Reader:    probe.PaymentReader(postgres.NewPaymentReader(b.DB), b.Rig),
		Backlog:   probe.Backlog(postgres.NewBacklog(b.DB), b.Rig),
		Documents: postgres.NewDocuments(b.DB),
		Archive:   postgres.NewArchive(b.DB),
		Journal:   postgres.NewJournal(b.DB),
		Provider:  probe.Provider(provider, b.Rig),
		Records:   provider,
		Webhooks:  mockpay.NewWebhooks(cfg.Payments.WebhookSecrets),
		PDF:       pdf,
		XML:       cii.NewRenderer(),
		Sellers:   sellers(cfg.Store),
		External:  external,
		Clock:     b.Clock,
		IDs:       b.IDs,
		Log:       b.Log,
		Limits: service.Limits{
			Batch:          cfg.Invoices.Batch,
			Parallel:       cfg.Sweeper.Parallel,
			PollAgainAfter: cfg.Payments.PollAgainAfter,
			RetryFor:       cfg.Payments.KeepWebhooks,
			ProviderBudget: cfg.Payments.Timeout,
		},
	}), nil
}

// newPDFRenderer reads the fonts and the logo, and logs the scripts that PDFs cannot show.
func newPDFRenderer(b base) (*pdf.Renderer, error) {
	fonts, err := typeset.NewLibrary(b.Config.Invoices.Fonts)
	if err != nil {
		return nil, fmt.Errorf("configuration key invoices.fonts: %w", err)
	}
	if lacks := fonts.Lacks(); len(lacks) > 0 {
		b.Log.Warn("invoices show characters of some scripts as U+FFFD: name a folder with fonts in invoices.fonts",
			"scripts", lacks)
	}
	logo, err := b.Config.Store.readLogo()
	if err != nil {
		return nil, fmt.Errorf("configuration key store.logo: %w", err)
	}
	return pdf.NewRenderer(fonts, logo)
}

// newExternalCounter counts the refunds that the provider made by itself.
func newExternalCounter(meters metric.MeterProvider) (func(context.Context), error) {
	counter, err := meters.Meter("coinslot/billing").Int64Counter("coinslot_external_refunds",
		metric.WithDescription("Refunds that the payment provider made by itself."))
	if err != nil {
		return nil, fmt.Errorf("make the counter of external refunds: %w", err)
	}
	return func(ctx context.Context) { counter.Add(ctx, 1) }, nil
}

// newNumbering returns the loop that numbers invoices and seals the journal, so that no buyer waits for either.
func newNumbering(b base, s *service.Service) *jobs.Loop {
	interval := b.Config.Invoices.PollInterval
	pace := jobs.Pace{Busy: interval, Idle: 2 * interval}
	return jobs.NewLoop("number invoices and seal the journal", pace, s.FinishDocuments, b.Log)
}
