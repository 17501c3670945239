package store

import (
	"fmt"
	"time"

	"coinslot/app/store/probe"
	"coinslot/modules/billing"
	"coinslot/modules/billing/adapters/cii"
	"coinslot/modules/billing/adapters/headfile"
	"coinslot/modules/billing/adapters/mockpay"
	"coinslot/modules/billing/adapters/pdf"
	"coinslot/modules/billing/adapters/postgres"
	"coinslot/modules/billing/adapters/rest"
	"coinslot/modules/billing/ports"
	"coinslot/modules/billing/service"
	"coinslot/platform/jobs"
	"coinslot/platform/money"
	"coinslot/platform/typeset"

	"go.uber.org/fx"
)

func billingModule() fx.Option {
	return fx.Module("billing",
		fx.Provide(
			fx.Annotate(newBilling, fx.As(fx.Self()), fx.As(new(billing.Billing)), fx.As(new(billing.DocumentFiles))),
			newNumbering,
			newHeads,
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
	keys, err := cfg.Ledger.Keys()
	if err != nil {
		return nil, err
	}
	provider := mockpay.NewProvider(cfg.Payments.URL, cfg.Payments, b.Log, b.Meters.transport)
	if err := b.Meters.observeBreaker(provider); err != nil {
		return nil, err
	}
	return service.New(service.Deps{
		Work:      probe.BillingWork(postgres.NewUnitOfWork(b.DB, events), b.Rig),
		Charges:   probe.Charges(postgres.NewCharges(b.DB), b.Rig),
		Reader:    probe.PaymentReader(postgres.NewPaymentReader(b.DB), b.Rig),
		Backlog:   probe.Backlog(postgres.NewBacklog(b.DB), b.Rig),
		Documents: postgres.NewDocuments(b.DB),
		Archive:   postgres.NewArchive(b.DB),
		Journal:   postgres.NewJournal(b.DB),
		Heads:     headLog(cfg.Ledger),
		Exports:   postgres.NewExports(b.DB),
		Taxes:     postgres.NewTaxReports(b.DB),
		Provider:  probe.Provider(b.Meters.provider(provider), b.Rig),
		Records:   provider,
		Balance:   provider,
		Movements: postgres.NewMovements(b.DB),
		Webhooks:  mockpay.NewWebhooks(cfg.Payments.WebhookSecrets),
		PDF:       pdf,
		XML:       cii.NewRenderer(),
		Sellers:   sellers(cfg.Store),
		SealKeys:  keys,
		Currency:  money.Currency(cfg.Store.Currency),
		External:  b.Meters.externalRefund,
		Declined:  b.Meters.declined,
		Received:  b.Meters.webhook,
		Clock:     b.Clock,
		IDs:       b.IDs,
		Log:       b.Log,
		Limits: service.Limits{
			Batch:            cfg.Invoices.Batch,
			Parallel:         cfg.Sweeper.Parallel,
			PollAgainAfter:   cfg.Payments.PollAgainAfter,
			RetryFor:         cfg.Payments.KeepWebhooks,
			ProviderBudget:   cfg.Payments.Timeout,
			WebhookPatience:  webhookPatience,
			WebhookRetention: cfg.Payments.WebhookRetention,
			Exports: service.ExportLimits{
				Keep: cfg.Exports.Keep, Documents: cfg.Exports.Documents, Open: cfg.Exports.Open, Batch: cfg.Exports.Batch,
				RunFor: exportFor,
			},
		},
	}), nil
}

// webhookPatience is longer than the response of a charge usually takes after its webhook, and shorter than a provider
// waits for the response of a webhook.
const webhookPatience = 250 * time.Millisecond

// exportFor is less than the time-out of jobs, with room for one more batch.
const exportFor = 5 * time.Second

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

// newNumbering returns the loop that numbers invoices and seals the journal outside of requests.
func newNumbering(b base, s *service.Service) *jobs.Loop {
	interval := b.Config.Invoices.PollInterval
	pace := jobs.Pace{Busy: interval, Idle: 2 * interval}
	return jobs.NewLoop("number invoices and seal the journal", pace, s.FinishDocuments, b.Log).
		ByLeader(b.lease("documents"))
}

// headLog returns the log of heads; nil when no file is configured.
func headLog(cfg billing.LedgerConfig) ports.HeadLog {
	if cfg.HeadFile == "" {
		return nil
	}
	return headfile.New(cfg.HeadFile)
}

// heads repeats the recording of the ledger's head. Every replica records it in a file of its own.
type heads struct{ *jobs.Loop }

func newHeads(b base, s *service.Service) heads {
	return heads{jobs.NewLoop("record the ledger's head", jobs.Every(b.Config.Ledger.HeadInterval), s.RecordHead, b.Log)}
}
