package pdf

import (
	"cmp"
	"embed"
	"fmt"
	"strings"

	"coinslot/modules/billing/domain"
	"coinslot/platform/money"

	"go.yaml.in/yaml/v3"
)

//go:embed messages/*.yaml
var messages embed.FS

// words are the texts of a document in one language.
type words struct {
	Invoice       string `yaml:"invoice"`
	CreditNote    string `yaml:"credit_note"`
	TaxID         string `yaml:"tax_id"`
	InvoiceTo     string `yaml:"invoice_to"`
	Number        string `yaml:"number"`
	Date          string `yaml:"date"`
	Supplied      string `yaml:"supplied"`
	Refunded      string `yaml:"refunded"`
	Order         string `yaml:"order"`
	Corrects      string `yaml:"corrects"`
	Of            string `yaml:"of"`
	Item          string `yaml:"item"`
	Quantity      string `yaml:"quantity"`
	UnitPrice     string `yaml:"unit_price"`
	Discount      string `yaml:"discount"`
	Total         string `yaml:"total"`
	Subtotal      string `yaml:"subtotal"`
	TaxIncluded   string `yaml:"tax_included"`
	TaxAdded      string `yaml:"tax_added"`
	Rate          string `yaml:"rate"`
	Net           string `yaml:"net"`
	Tax           string `yaml:"tax"`
	Gross         string `yaml:"gross"`
	Page          string `yaml:"page"`
	Paid          string `yaml:"paid"`
	Returned      string `yaml:"returned"`
	Untaxed       string `yaml:"untaxed"`
	ReverseCharge string `yaml:"reverse_charge"`
	From          string `yaml:"from"`
	Free          string `yaml:"free"`
	Exchange      string `yaml:"exchange"`

	CarriedOver    string                    `yaml:"carried_over"`
	BroughtForward string                    `yaml:"brought_forward"`
	Reasons        map[domain.Untaxed]string `yaml:"reasons"` // why something is not taxed

	Decimal string `yaml:"decimal"` // the decimal separator
	Group   string `yaml:"group"`   // the thousands separator
}

// fallback is the language of a document in an unsupported one.
const fallback = "en"

// readWords reads all languages.
func readWords() (map[string]words, error) {
	entries, err := messages.ReadDir("messages")
	if err != nil {
		return nil, err
	}
	out := map[string]words{}
	for _, entry := range entries {
		raw, err := messages.ReadFile("messages/" + entry.Name())
		if err != nil {
			return nil, err
		}
		var w words
		if err := yaml.Unmarshal(raw, &w); err != nil {
			return nil, fmt.Errorf("read the words of %s: %w", entry.Name(), err)
		}
		out[strings.TrimSuffix(entry.Name(), ".yaml")] = w
	}
	return out, nil
}

// amount formats an amount in the language, without its currency.
func (w words) amount(m money.Money) string { return m.Format(w.Group, w.Decimal) }

// rate formats a tax rate, which is in hundredths of a percent.
func (w words) rate(rate int64) string {
	if rate == 0 {
		return w.Untaxed
	}
	text := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%02d", rate/100, rate%100), "0"), ".")
	return strings.Replace(text, ".", w.Decimal, 1) + " %"
}

// untaxedNote says why something is not taxed.
func (w words) untaxedNote(seller domain.Seller) string {
	return cmp.Or(seller.UntaxedNote, w.Reasons[cmp.Or(seller.Untaxed, domain.OutsideScope)])
}
