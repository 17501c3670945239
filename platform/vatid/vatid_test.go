package vatid_test

import (
	"strings"
	"testing"

	"coinslot/platform/vatid"

	"github.com/stretchr/testify/require"
)

// countries are those whose numbers are known.
const countries = "AT BE BG CY CZ DE DK EE GR ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK GB CH NO"

func TestParse_ExampleOfEachCountry_IsValid(t *testing.T) {
	t.Parallel()
	for country := range strings.FieldsSeq(countries) {
		v, err := vatid.Parse(vatid.Example(country))
		require.NoError(t, err, country)
		require.Equal(t, country, v.Country())
		require.Equal(t, vatid.Example(country), v.String())
	}
	require.Empty(t, vatid.Example("US"))
}

// Each digit of a number is changed; no number stays valid, but for those whose country does not check that digit.
func TestParse_ChangedDigit_IsInvalid(t *testing.T) {
	t.Parallel()
	for country := range strings.FieldsSeq(countries) {
		example := []byte(vatid.Example(country))
		for i, digit := range example {
			if digit < '0' || digit > '9' || country == "GB" { // two sums of British numbers are valid
				continue
			}
			changed := append([]byte(nil), example...)
			changed[i] = '0' + (digit-'0'+1)%10
			if country == "NL" && i >= 12 {
				continue // counts a company's branches
			}
			_, err := vatid.Parse(string(changed))
			require.Error(t, err, string(changed))
		}
	}
}

func TestParse_FormsOfACountry(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		" atu 13585627": "ATU13585627", "DE 136.695.976": "DE136695976", "BE403019261": "BE0403019261",
		"CHE-107.787.577 MWST": "CHE107787577MWST",
		"CHE-107.787.577":      "CHE107787577", "NO 995 525 828 MVA": "NO995525828MVA",
		"EL94259216": "EL094259216", "NL123456789B13": "NL123456789B13", "XI 980 7806 84": "XI980780684",
		"GBGD001":     "GBGD001",
		"IE6433435OA": "IE6433435OA", "IE8D79739I": "IE8D79739I", "ESA13585625": "ESA13585625", "ES54362315K": "ES54362315K",
		"ESX2482300W": "ESX2482300W", "FR23334175221": "FR23334175221", "FRK7399859412": "FRK7399859412",
		"CZ640903926":  "CZ640903926",
		"CZ7103192745": "CZ7103192745", "BG7552010005": "BG7552010005", "BG7111042925": "BG7111042925",
		"LT100001919017": "LT100001919017", "FR 53 0000 04605": "FR53000004605",
	} {
		v, err := vatid.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, v.String())
	}
}

func TestParse_Invalid_SaysWhy(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"": vatid.ErrCountry, "A": vatid.ErrCountry, "US123456789": vatid.ErrCountry, "136695976": vatid.ErrCountry,
		"DEU13585627": vatid.ErrFormat, "ATU1358562": vatid.ErrFormat, "GR094259216": vatid.ErrCountry,
		"DE١٣٦٦٩٥٩٧٦": vatid.ErrFormat, strings.Repeat("9", 200): vatid.ErrFormat,
		"DE136695977": vatid.ErrCheckDigit,
		"ATU13585628": vatid.ErrCheckDigit, "GBHA001": vatid.ErrCheckDigit, "SE556188840402": vatid.ErrFormat,
	} {
		_, err := vatid.Parse(text)
		require.ErrorIs(t, err, want, text)
	}
}

func FuzzParse(f *testing.F) {
	for country := range strings.FieldsSeq(countries) {
		f.Add(vatid.Example(country))
	}
	f.Add("CZ99")
	f.Add("IE1+11111A")
	f.Fuzz(func(t *testing.T, text string) {
		v, err := vatid.Parse(text)
		if err != nil {
			return
		}
		again, err := vatid.Parse(v.String())
		require.NoError(t, err)
		require.Equal(t, v, again)
	})
}
