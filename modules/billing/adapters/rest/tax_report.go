package rest

import (
	"context"
	"fmt"
	"net/http"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/service"
	"coinslot/platform/web"
)

// TaxPeriod names the period of a tax report.
type TaxPeriod struct {
	Period      string `query:"period" required:"true" maxLength:"10" doc:"A quarter such as 2026-Q4, or a month such as 2026-11" example:"2026-Q1"`
	Preliminary bool   `query:"preliminary" doc:"Allow a period that is not over: its figures so far"`
}

type taxRowDTO struct {
	Series      string    `json:"series" doc:"Of the legal entity that sold: AT of the invoice INV-AT-2026-000042"`
	Country     string    `json:"country" doc:"The country whose rates apply: FR for a buyer in MC, GB for one in IM"`
	Treatment   string    `json:"treatment" enum:"taxed,reverse_charge,untaxed"`
	Percent     string    `json:"percent" example:"25.50"`
	Net         web.Money `json:"net" doc:"Credit notes are deducted"`
	Tax         web.Money `json:"tax" doc:"Credit notes are deducted"`
	Invoices    int64     `json:"invoices" doc:"How many have this rate"`
	CreditNotes int64     `json:"credit_notes" doc:"How many have this rate"`
}

func toTaxRow(r domain.TaxSum) taxRowDTO {
	return taxRowDTO{
		r.Series, r.Country, string(r.Treatment), fmt.Sprintf("%d.%02d", r.Rate/100, r.Rate%100), web.FromMoney(r.Net),
		web.FromMoney(r.Tax), r.Invoices, r.CreditNotes,
	}
}

type taxReportOutput struct {
	Body struct {
		Period string      `json:"period"`
		From   string      `json:"from" format:"date" doc:"The first day, by each seller's calendar"`
		To     string      `json:"to" format:"date" doc:"The last day"`
		Status string      `json:"status" enum:"final,preliminary" doc:"preliminary while the period is not over"`
		Items  []taxRowDTO `json:"items" nullable:"false"`
	}
}

func registerTaxReport(api *web.API, h handlers) {
	op := func(suffix, operationID, summary string) web.Op {
		return web.Op{
			Access: web.Staff, Method: http.MethodGet, Path: "/v1/admin/tax-report" + suffix, ID: operationID,
			Summary: summary, Tag: "ledger",
		}
	}
	web.Register(api, op("", "get-tax-report", "Get the tax report of a quarter or a month"), h.taxReport)
	export := op(".csv", "export-tax-report", "Download the tax report of a quarter or a month")
	web.Register(api, export, h.taxTable)
	web.AnswersWith(api, export, web.CSV)
}

func (h handlers) taxReport(ctx context.Context, in *TaxPeriod) (*taxReportOutput, error) {
	report, err := h.service.TaxReport(ctx, in.Period, in.Preliminary)
	if err != nil {
		return nil, err
	}
	out := &taxReportOutput{}
	out.Body.Period, out.Body.Status, out.Body.Items = report.Period.Name, status(report), []taxRowDTO{}
	out.Body.From, out.Body.To = report.Period.Days()
	for _, r := range report.Rows {
		out.Body.Items = append(out.Body.Items, toTaxRow(r))
	}
	return out, nil
}

func status(report service.TaxReport) string {
	if report.Final {
		return "final"
	}
	return "preliminary"
}

func (h handlers) taxTable(ctx context.Context, in *TaxPeriod) (*web.Table, error) {
	report, err := h.service.TaxReport(ctx, in.Period, in.Preliminary)
	if err != nil {
		return nil, err
	}
	header := []string{
		"period", "status", "series", "country", "treatment", "percent", "net", "tax", "currency",
		"invoices", "credit_notes",
	}
	name := "tax-" + report.Period.Name + ".csv"
	return web.NewTable(name, header, func(_ context.Context, write func(cells ...string) error) error {
		for _, r := range report.Rows {
			dto := toTaxRow(r)
			if err := write(report.Period.Name, status(report), dto.Series, dto.Country, dto.Treatment, dto.Percent,
				r.Net.Decimal(), r.Tax.Decimal(), string(r.Currency), fmt.Sprint(r.Invoices),
				fmt.Sprint(r.CreditNotes)); err != nil {
				return err
			}
		}
		return nil
	}), nil
}
