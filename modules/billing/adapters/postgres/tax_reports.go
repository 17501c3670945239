package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/postgres"
)

// TaxReports sums the taxes of documents.
type TaxReports struct{ db *postgres.DB }

// NewTaxReports returns the tax reports.
func NewTaxReports(db *postgres.DB) *TaxReports { return &TaxReports{db} }

type taxSumJSON struct {
	Series      string               `json:"series"`
	Country     string               `json:"country"`
	Treatment   billing.TaxTreatment `json:"treatment"`
	Rate        int64                `json:"rate"`
	Currency    money.Currency       `json:"currency"`
	Net         int64                `json:"net"`
	Tax         int64                `json:"tax"`
	Invoices    int64                `json:"invoices"`
	CreditNotes int64                `json:"credit_notes"`
}

func (r taxSumJSON) sum() domain.TaxSum {
	return domain.TaxSum{
		TaxKey: domain.TaxKey{
			Series: r.Series, Country: r.Country, Treatment: r.Treatment, Rate: r.Rate, Currency: r.Currency,
		},
		Net: money.Of(r.Net, r.Currency), Tax: money.Of(r.Tax, r.Currency), Invoices: r.Invoices, CreditNotes: r.CreditNotes,
	}
}

type taxBatchRow struct {
	LastAt time.Time
	LastID id.ID
	Rows   []taxSumJSON `bun:"type:jsonb"`
}

// period selects documents from a day before the period to a day after it, so that an index finds them; their own days
// decide.
const documentsOfPeriod = `SELECT id, kind, seller, paper, captured_at, %s AS series FROM %s
	WHERE captured_at >= @from::timestamptz - interval '1 day' AND captured_at < @to::timestamptz + interval '1 day'
		AND (captured_at, id) > (@after_at, @after_id)
		AND (captured_at AT TIME ZONE coalesce(nullif(seller ->> 'time_zone', ''), 'UTC'))::date >= @from_day::date
		AND (captured_at AT TIME ZONE coalesce(nullif(seller ->> 'time_zone', ''), 'UTC'))::date < @to_day::date
	ORDER BY captured_at, id LIMIT @limit`

// Sums returns the sums of up to limit documents after a position. A line without parts, as in old documents, is its
// own part.
func (t *TaxReports) Sums(ctx context.Context, period domain.Period, after ports.DocumentPosition,
	limit int,
) ([]domain.TaxSum, *ports.DocumentPosition, error) {
	row, found, err := postgres.One[taxBatchRow](ctx, t.db, `WITH documents AS MATERIALIZED (
			SELECT * FROM (
				(`+fmt.Sprintf(documentsOfPeriod, "split_part(series, '-', 2)", "billing.invoices")+`)
				UNION ALL (`+fmt.Sprintf(documentsOfPeriod, "''", "billing.invoice_drafts")+`)) AS documents_and_drafts
			ORDER BY captured_at, id LIMIT @limit),
		parts AS (
			SELECT d.id, coalesce(nullif(d.seller ->> 'series', ''), nullif(d.seller ->> 'country', ''), d.series) AS series,
				coalesce(d.paper ->> 'tax_country', d.paper ->> 'buyer_country', '') AS country,
				coalesce(d.paper ->> 'tax_treatment', '') AS treatment, d.paper ->> 'currency' AS currency,
				CASE d.kind WHEN 'invoice' THEN 1 ELSE -1 END AS sign, coalesce((p ->> 'rate')::bigint, 0) AS rate,
				(p ->> 'total')::bigint AS total, (p ->> 'tax')::bigint AS tax
			FROM documents d, jsonb_array_elements(d.paper -> 'lines') AS l,
				jsonb_array_elements(CASE WHEN jsonb_array_length(coalesce(nullif(l -> 'parts', 'null'), '[]')) > 0
					THEN l -> 'parts' ELSE jsonb_build_array(l) END) AS p),
		sums AS (
			SELECT series, country, CASE WHEN rate > 0 THEN 'taxed' WHEN treatment = 'reverse_charge' THEN treatment
					ELSE 'untaxed' END AS treatment, rate, currency, sum(sign * (total - tax))::bigint AS net,
				sum(sign * tax)::bigint AS tax, count(DISTINCT id) FILTER (WHERE sign = 1) AS invoices,
				count(DISTINCT id) FILTER (WHERE sign = -1) AS credit_notes
			FROM parts GROUP BY 1, 2, 3, 4, 5)
		SELECT last.captured_at AS last_at, last.id AS last_id, (SELECT jsonb_agg(s) FROM sums s) AS rows
		FROM (SELECT captured_at, id FROM documents ORDER BY captured_at DESC, id DESC LIMIT 1) AS last`,
		postgres.Named{
			"from": period.From, "to": period.To, "from_day": period.From.Format(time.DateOnly),
			"to_day": period.To.Format(time.DateOnly), "after_at": after.CapturedAt, "after_id": after.ID, "limit": limit,
		})
	if err != nil {
		return nil, nil, fmt.Errorf("sum the taxes of documents: %w", err)
	}
	if !found {
		return nil, nil, nil
	}
	out := make([]domain.TaxSum, len(row.Rows))
	for i, r := range row.Rows {
		out[i] = r.sum()
	}
	return out, &ports.DocumentPosition{CapturedAt: row.LastAt.UTC(), ID: row.LastID}, nil
}
