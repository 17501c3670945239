//go:build failpoints

package main

import (
	"context"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"

	cartdomain "coinslot/modules/cart/domain"
	cartports "coinslot/modules/cart/ports"
	libraryports "coinslot/modules/library/ports"
)

type probedBillingWork struct {
	inner ports.UnitOfWork
	hook  hook
}

func probeBillingWork(p ports.UnitOfWork, h hook) ports.UnitOfWork { return probedBillingWork{p, h} }

// Do runs a transaction.
func (p probedBillingWork) Do(ctx context.Context, fn func(context.Context, ports.Stores) error) error {
	return work(ctx, p.hook, "billing.UnitOfWork.Do", p.inner.Do, fn)
}

type probedLibraryWork struct {
	inner libraryports.UnitOfWork
	hook  hook
}

func probeLibraryWork(p libraryports.UnitOfWork, h hook) libraryports.UnitOfWork {
	return probedLibraryWork{p, h}
}

// Do runs a transaction.
func (p probedLibraryWork) Do(ctx context.Context, fn func(context.Context, libraryports.Entitlements) error) error {
	return work(ctx, p.hook, "library.UnitOfWork.Do", p.inner.Do, fn)
}

type probedCartLines struct {
	inner cartports.Lines
	hook  hook
}

func probeCartLines(p cartports.Lines, h hook) cartports.Lines { return probedCartLines{p, h} }

// Selected returns lines of a cart.
func (p probedCartLines) Selected(ctx context.Context, accountID id.ID, lineIDs []id.ID) ([]cartdomain.Line, error) {
	return ask(ctx, p.hook, "cart.Lines.Selected",
		func() ([]cartdomain.Line, error) { return p.inner.Selected(ctx, accountID, lineIDs) })
}

// Remove removes units of lines.
func (p probedCartLines) Remove(ctx context.Context, accountID id.ID, removals []cartports.Removal) error {
	return call(ctx, p.hook, "cart.Lines.Remove", func() error { return p.inner.Remove(ctx, accountID, removals) })
}

// Reserve marks lines of a cart.
func (p probedCartLines) Reserve(ctx context.Context, accountID id.ID, lineIDs []id.ID, at *time.Time) error {
	return call(ctx, p.hook, "cart.Lines.Reserve", func() error { return p.inner.Reserve(ctx, accountID, lineIDs, at) })
}

type probedBooks struct {
	inner ports.Books
	hook  hook
}

func probeBooks(p ports.Books, h hook) ports.Books { return probedBooks{p, h} }

// Newest returns an order's newest payment.
func (p probedBooks) Newest(ctx context.Context, orderID id.ID) (domain.Payment, bool, error) {
	return look(ctx, p.hook, "billing.Books.Newest",
		func() (domain.Payment, bool, error) { return p.inner.Newest(ctx, orderID) })
}

// Attempts returns all payments of an order.
func (p probedBooks) Attempts(ctx context.Context, orderID id.ID) ([]domain.Payment, error) {
	return ask(ctx, p.hook, "billing.Books.Attempts",
		func() ([]domain.Payment, error) { return p.inner.Attempts(ctx, orderID) })
}

// Bills returns what there is about orders.
func (p probedBooks) Bills(ctx context.Context, orderIDs []id.ID) (map[id.ID]billing.Bill, error) {
	return ask(ctx, p.hook, "billing.Books.Bills",
		func() (map[id.ID]billing.Bill, error) { return p.inner.Bills(ctx, orderIDs) })
}

// Transactions returns payments and refunds.
func (p probedBooks) Transactions(ctx context.Context, q ports.Transactions) (page.Page[domain.Transaction], error) {
	return ask(ctx, p.hook, "billing.Books.Transactions",
		func() (page.Page[domain.Transaction], error) { return p.inner.Transactions(ctx, q) })
}

// RefundByKey returns a refund.
func (p probedBooks) RefundByKey(ctx context.Context, requestedBy id.ID, key string) (domain.Refund, bool, error) {
	return look(ctx, p.hook, "billing.Books.RefundByKey",
		func() (domain.Refund, bool, error) { return p.inner.RefundByKey(ctx, requestedBy, key) })
}

// Charged returns payments for which a provider took money.
func (p probedBooks) Charged(ctx context.Context, refs []string, from, to time.Time) ([]domain.OurCharge, error) {
	return ask(ctx, p.hook, "billing.Books.Charged",
		func() ([]domain.OurCharge, error) { return p.inner.Charged(ctx, refs, from, to) })
}

// History returns what happened to an order's money.
func (p probedBooks) History(ctx context.Context, orderID id.ID) ([]billing.Entry, error) {
	return ask(ctx, p.hook, "billing.Books.History",
		func() ([]billing.Entry, error) { return p.inner.History(ctx, orderID) })
}

type probedBacklog struct {
	inner ports.Backlog
	hook  hook
}

func probeBacklog(p ports.Backlog, h hook) ports.Backlog { return probedBacklog{p, h} }

// Refunds returns waiting refunds.
func (p probedBacklog) Refunds(ctx context.Context, now time.Time, limit int) ([]domain.Refund, error) {
	return ask(ctx, p.hook, "billing.Backlog.Refunds",
		func() ([]domain.Refund, error) { return p.inner.Refunds(ctx, now, limit) })
}

// Payments returns waiting payments.
func (p probedBacklog) Payments(ctx context.Context, now time.Time, limit int) ([]domain.Payment, error) {
	return ask(ctx, p.hook, "billing.Backlog.Payments",
		func() ([]domain.Payment, error) { return p.inner.Payments(ctx, now, limit) })
}

// Events returns waiting webhooks.
func (p probedBacklog) Events(ctx context.Context, now time.Time, limit int) ([]ports.Event, error) {
	return ask(ctx, p.hook, "billing.Backlog.Events",
		func() ([]ports.Event, error) { return p.inner.Events(ctx, now, limit) })
}

// Paperwork reports what waits for numbers and seals.
func (p probedBacklog) Paperwork(ctx context.Context) (drafts, entries bool, err error) {
	err = call(ctx, p.hook, "billing.Backlog.Paperwork", func() (err error) {
		drafts, entries, err = p.inner.Paperwork(ctx)
		return err
	})
	return drafts, entries, err
}

type probedProvider struct {
	inner ports.PaymentProvider
	hook  hook
}

func probeProvider(p ports.PaymentProvider, h hook) ports.PaymentProvider {
	return probedProvider{p, h}
}

// Name returns the provider's name; nothing can go wrong in it.
func (p probedProvider) Name() string { return p.inner.Name() }

// Charge takes money.
func (p probedProvider) Charge(ctx context.Context, r ports.ChargeRequest) domain.Outcome {
	return p.outcome(ctx, "billing.PaymentProvider.Charge", func() domain.Outcome { return p.inner.Charge(ctx, r) })
}

// Find asks how a charge stands.
func (p probedProvider) Find(ctx context.Context, r ports.ChargeRequest) (out domain.Outcome, found bool) {
	out = p.outcome(ctx, "billing.PaymentProvider.Find", func() domain.Outcome {
		out, found = p.inner.Find(ctx, r)
		return out
	})
	return out, found || out.Cause != nil
}

// Cancel ends an intent.
func (p probedProvider) Cancel(ctx context.Context, providerRef string) domain.Outcome {
	return p.outcome(ctx, "billing.PaymentProvider.Cancel",
		func() domain.Outcome { return p.inner.Cancel(ctx, providerRef) })
}

func (p probedProvider) outcome(ctx context.Context, point string, fn func() domain.Outcome) domain.Outcome {
	out, err := ask(ctx, p.hook, point, func() (domain.Outcome, error) { return fn(), nil })
	if err != nil {
		return domain.Outcome{Status: billing.Unknown, Cause: err}
	}
	return out
}

// Refund gives money back.
func (p probedProvider) Refund(ctx context.Context, r ports.RefundRequest) domain.RefundOutcome {
	out, err := ask(ctx, p.hook, "billing.PaymentProvider.Refund",
		func() (domain.RefundOutcome, error) { return p.inner.Refund(ctx, r), nil })
	if err != nil {
		return domain.RefundOutcome{Status: billing.RefundRequested, Cause: err}
	}
	return out
}
