package service

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
)

// Terms are what a quote and a checkout depend on beside the lines.
type Terms struct {
	Business        domain.Business
	ExpectedCountry string // by which the buyer expects to be taxed; empty: the buyer names none
	// ExpectedTreatment is how the buyer expects to be taxed; empty: the buyer names none.
	ExpectedTreatment checkout.Treatment
	IPCountry         string // of the request's address; empty: not known
}

// parts are what the terms add to the hash of a request. Requests without terms hash as they always have.
func (t Terms) parts(parts ...string) []string {
	if !t.Business.IsZero() {
		parts = append(parts, "business", fmt.Sprintf("%q", t.Business))
	}
	if t.ExpectedCountry != "" {
		parts = append(parts, "expected_country", t.ExpectedCountry)
	}
	if t.ExpectedTreatment != "" {
		parts = append(parts, "expected_treatment", string(t.ExpectedTreatment))
	}
	return parts
}

// taxFor returns how a sale to a buyer of a country is taxed. A business of another member state owes the tax itself
// once its VAT ID is confirmed. domain.ErrBusiness.
func (s *Service) taxFor(ctx context.Context, country string, b domain.Business,
	at time.Time,
) (domain.Tax, domain.Business, error) {
	tax := s.Taxes.Tax(country, at)
	b, err := b.Checked(country)
	if err != nil || b.VATID == "" || !tax.Reversible() {
		return tax, b, err
	}
	if s.Registry != nil {
		assigned, err := s.Registry.Assigned(ctx, b.VATID)
		if err != nil {
			s.Log.WarnContext(ctx, "a VAT ID could not be confirmed, so the local rate applies", "cause", err)
			tax.Unconfirmed = true
			return tax, b, nil
		}
		if !assigned {
			return tax, b, domain.ErrBusiness.At("business.vat_id",
				"the registry of its member state does not know it: look for a typing error, or leave it out", b.VATID)
		}
	}
	return tax.Reverse(), b, nil
}
