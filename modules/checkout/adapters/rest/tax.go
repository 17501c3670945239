package rest

import (
	"context"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/service"
	"coinslot/platform/web"
)

type addressInput struct {
	Line1      string `json:"line1" minLength:"1" maxLength:"100" doc:"Street and number" example:"12 Arcade Lane"`
	Line2      string `json:"line2,omitempty" maxLength:"100"`
	PostalCode string `json:"postal_code,omitempty" maxLength:"16" example:"10115"`
	City       string `json:"city" minLength:"1" maxLength:"100" example:"Berlin"`
}

type businessInput struct {
	Company   string       `json:"company" minLength:"1" maxLength:"100" doc:"1 to 100 characters" example:"Arcade GmbH"`
	Address   addressInput `json:"address" doc:"In the country of the account"`
	VATID     string       `json:"vat_id,omitempty" maxLength:"32" doc:"With its country's prefix: one of the country of the account, with valid check digits. A business of another member state than the seller's is sold to with reverse charge" example:"DE136695976"`
	Reference string       `json:"reference,omitempty" maxLength:"100" doc:"Of the buyer, for electronic invoices: a Leitweg-ID, or a cost center"`
}

// BusinessInput names the company for which the buyer buys.
type BusinessInput struct {
	Business *businessInput `json:"business,omitempty" doc:"The buyer's company; a consumer leaves it out. Give the same in the quote and in the checkout"`
}

func (in BusinessInput) read() domain.Business {
	b := in.Business
	if b == nil {
		return domain.Business{}
	}
	return domain.Business{
		Company: b.Company, Address: domain.Address(b.Address), VATID: b.VATID, Reference: b.Reference,
	}
}

// TermsInput is what a purchase depends on beside its items.
type TermsInput struct {
	BusinessInput
	ExpectedTreatment string `json:"expected_treatment,omitempty" enum:"taxed,reverse_charge,untaxed" doc:"The treatment of the quote's tax. 409 tax-treatment-changed when it is another one by now" example:"taxed"`
	ExpectedCountry   string `json:"expected_country,omitempty" pattern:"^([A-Z]{2})?$" doc:"The country of the quote's tax. 409 country-changed when the buyer is taxed by another one by now" example:"AT"`
}

func (in TermsInput) terms(ctx context.Context) service.Terms {
	return service.Terms{
		Business: in.read(), ExpectedCountry: in.ExpectedCountry,
		ExpectedTreatment: checkout.Treatment(in.ExpectedTreatment), IPCountry: web.ClientOf(ctx).Country,
	}
}

// taxDTO is how a sale is taxed.
type taxDTO struct {
	Country   string `json:"country" doc:"The buyer's, by which the sale is taxed: send it as expected_country"`
	TaxedAs   string `json:"taxed_as,omitempty" doc:"The country whose rates apply, where it is another one: FR for MC, GB for IM"`
	Treatment string `json:"treatment" enum:"taxed,reverse_charge,untaxed" doc:"Send it as expected_treatment"`
	Reason    string `json:"reason,omitempty" doc:"Why the tax of the country is not charged, or why it is although a VAT ID was given"`
}

func newTax(country string, treatment checkout.Treatment, reason string) taxDTO {
	out := taxDTO{Country: country, Treatment: string(treatment), Reason: reason}
	if as := domain.TaxedAs(country); as != country {
		out.TaxedAs = as
	}
	return out
}

type evidenceDTO struct {
	Billing string `json:"billing_country,omitempty" doc:"Of the account, by which the order is taxed"`
	IP      string `json:"ip_country,omitempty" doc:"Of the address from which the order was placed, if a trusted proxy says"`
	Card    string `json:"card_country,omitempty" doc:"Of the card's issuer, if the payment provider says"`
	Status  string `json:"status" enum:"consistent,insufficient,conflicting" doc:"conflicting: two of them disagree, and the country of taxation may be wrong. insufficient: there is one only"`
}

func toEvidence(v service.View) evidenceDTO {
	card := ""
	if p := v.Payment.Payment; p != nil {
		card = p.CardCountry
	}
	e := v.Order.Evidence(card)
	return evidenceDTO{e.Billing, e.IP, e.Card, string(e.Status())}
}

type treatmentDetails struct {
	Old string `json:"old_treatment,omitempty" doc:"With tax-treatment-changed: the one that was expected"`
	New string `json:"new_treatment,omitempty" doc:"With tax-treatment-changed: the present one"`
}

type countryDetails struct {
	Old string `json:"old_country,omitempty" doc:"With country-changed: the one that was expected"`
	New string `json:"new_country,omitempty" doc:"With country-changed: the one by which the buyer is taxed now"`
}
