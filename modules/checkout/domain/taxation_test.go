package domain_test

import (
	"strings"
	"testing"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/fault"

	"github.com/stretchr/testify/require"
)

func TestTax_Reversible(t *testing.T) {
	t.Parallel()
	for route, want := range map[string]bool{
		"AT>DE": true, "DE>AT": true, "AT>MC": true, "FR>MC": false, "AT>AT": false, "AT>CH": false, "AT>GB": false,
		"GB>DE": false, "AT>US": false, ">DE": false, "AT>": false,
	} {
		seller, buyer, _ := strings.Cut(route, ">")
		require.Equal(t, want, domain.Tax{Seller: seller, Country: buyer}.Reversible(), route)
	}
}

func TestTax_Treatment(t *testing.T) {
	t.Parallel()
	tax := domain.Tax{Country: "DE", Seller: "AT", Rates: map[string]domain.Rate{"game": 1900}}
	require.Equal(t, checkout.Taxed, tax.Treatment())
	require.Empty(t, tax.Reason())
	require.Equal(t, checkout.ReverseCharge, tax.Reverse().Treatment())
	require.Contains(t, tax.Reverse().Reason(), "reverse charge")
	require.Equal(t, checkout.Untaxed, domain.Tax{Country: "US"}.Treatment())
	require.Equal(t, "no tax rate applies to sales to US", domain.Tax{Country: "US"}.Reason())
	tax.Unconfirmed = true
	require.Equal(t, checkout.Taxed, tax.Treatment())
	require.Contains(t, tax.Reason(), "could not be confirmed")
}

func TestEvidence_Status(t *testing.T) {
	t.Parallel()
	for pieces, want := range map[string]domain.EvidenceStatus{
		"AT--": domain.EvidenceInsufficient, "AT-AT-": domain.EvidenceConsistent, "AT--AT": domain.EvidenceConsistent,
		"AT-AT-AT": domain.EvidenceConsistent, "AT-DE-": domain.EvidenceConflicting,
		"AT-AT-US": domain.EvidenceConflicting,
		"MC-FR-":   domain.EvidenceConsistent, "GB--IM": domain.EvidenceConsistent, "--": domain.EvidenceInsufficient,
	} {
		p := strings.Split(pieces, "-")
		require.Equal(t, want, domain.Evidence{Billing: p[0], IP: p[1], Card: p[2]}.Status(), pieces)
	}
}

func arcade(change func(b *domain.Business)) domain.Business {
	b := domain.Business{
		Company: " Arcade GmbH ", Address: domain.Address{Line1: "Weg 1", PostalCode: "10115", City: "Berlin"},
		VATID: "de 136 695 976",
	}
	if change != nil {
		change(&b)
	}
	return b
}

func TestBusiness_Checked_IsCanonical(t *testing.T) {
	t.Parallel()
	b, err := arcade(nil).Checked("DE")
	require.NoError(t, err)
	require.Equal(t, "Arcade GmbH", b.Company)
	require.Equal(t, "DE136695976", b.VATID)
	none, err := domain.Business{}.Checked("DE")
	require.NoError(t, err)
	require.True(t, none.IsZero())
	_, err = arcade(func(b *domain.Business) { b.VATID = "FR53000004605" }).Checked("MC")
	require.NoError(t, err, "Monaco has French numbers")
}

func TestBusiness_Invalid_NamesEachDetail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(b *domain.Business)
		at      string
		message string
	}{
		"200 emoji": {
			func(b *domain.Business) { b.Company = strings.Repeat("🎮", 200) },
			"business.company", "1 to 100 characters",
		},
		"emoji only": {
			func(b *domain.Business) { b.Company = "🎮" },
			"business.company", "a letter or a digit",
		},
		"no company": {
			func(b *domain.Business) { b.Company = " " },
			"business.company", "1 to 100",
		},
		"no city": {
			func(b *domain.Business) { b.Address.City = "" },
			"business.address.city", "1 to 100",
		},
		"two lines": {
			func(b *domain.Business) { b.Address.Line1 = "a\nb" },
			"business.address.line1", "on one line",
		},
		"another direction": {
			func(b *domain.Business) { b.Reference = "a\u202eb" },
			"business.reference", "invisible",
		},
		"long code": {
			func(b *domain.Business) { b.Address.PostalCode = strings.Repeat("1", 17) },
			"business.address.postal_code", "1 to 16",
		},
		"of another country": {
			func(b *domain.Business) { b.VATID = "ATU13585627" },
			"business.vat_id", "it is one of AT, and the country of your account is DE",
		},
		"in another's form": {
			func(b *domain.Business) { b.VATID = "DEU13585627" },
			"business.vat_id", "such as DE136695976",
		},
		"of an unknown state": {
			func(b *domain.Business) { b.VATID = "US123456789" },
			"business.vat_id", "with its country's prefix",
		},
		"a typing error": {
			func(b *domain.Business) { b.VATID = "DE136695977" },
			"business.vat_id", "check digits are wrong",
		},
	} {
		_, err := arcade(c.change).Checked("DE")
		require.ErrorIs(t, err, domain.ErrBusiness, name)
		fields := fault.Of(err).Fields
		require.Len(t, fields, 1, name)
		require.Equal(t, c.at, fields[0].Location, name)
		require.Contains(t, fields[0].Message, c.message, name)
	}
	_, err := domain.Business{VATID: "x"}.Checked("DE")
	require.Len(t, fault.Of(err).Fields, 4, "all at once")
}
