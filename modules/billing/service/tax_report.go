package service

import (
	"context"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
)

// TaxReport is what a period's sales owe in tax.
type TaxReport struct {
	Period domain.Period
	Final  bool // the period is over
	Rows   []domain.TaxSum
}

// summed is how many documents one statement sums.
const summed = 4000

// TaxReport sums the taxes of a period's invoices, less those of its credit notes. A document belongs to the day on
// which its money was captured or refunded, as its journal entry does: so the sums are those of the account
// tax_payable. domain.ErrPeriod for a period that is malformed or not begun, and for one that is not over unless
// preliminary.
func (s *Service) TaxReport(ctx context.Context, period string, preliminary bool) (TaxReport, error) {
	p, err := domain.ParsePeriod(period)
	if err != nil {
		return TaxReport{}, err
	}
	now := s.Clock.Now()
	if err := p.Check(preliminary, now); err != nil {
		return TaxReport{}, err
	}
	var rows []domain.TaxSum
	for last := (&ports.DocumentPosition{}); last != nil; {
		var batch []domain.TaxSum
		if batch, last, err = s.Taxes.Sums(ctx, p, *last, summed); err != nil {
			return TaxReport{}, err
		}
		if rows, err = domain.TaxSums(append(rows, batch...)); err != nil {
			return TaxReport{}, err
		}
	}
	return TaxReport{Period: p, Final: p.Over(now), Rows: rows}, nil
}
