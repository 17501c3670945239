package rest

import (
	"context"
	"io"
	"net/http"
	"slices"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/web"

	"github.com/danielgtaylor/huma/v2"
)

const exportsPath = "/v1/admin/document-exports"

type exportDTO struct {
	ID          string    `json:"id" format:"uuid"`
	Status      string    `json:"status" enum:"preparing,ready,failed"`
	Type        string    `json:"type,omitempty" enum:"invoice,credit_note" doc:"Absent: both"`
	Formats     []string  `json:"formats" nullable:"false" doc:"pdf, xml"`
	Locale      string    `json:"locale,omitempty" enum:"de,en" doc:"Of manifest.csv; absent: for programs"`
	From        time.Time `json:"from"`
	To          time.Time `json:"to"`
	Total       int       `json:"total" doc:"How many documents the export has"`
	Done        int       `json:"done" doc:"Of how many documents the files are rendered"`
	RequestedBy string    `json:"requested_by" format:"uuid" doc:"An account of the staff"`
	CreatedAt   time.Time `json:"created_at"`
	ExpiresAt   time.Time `json:"expires_at" doc:"When the export is removed; the documents stay"`
	ZIP         *string   `json:"zip" doc:"The path of the ZIP file; null until status is ready"`
}

func toExport(e domain.Export) exportDTO {
	out := exportDTO{
		ID: e.ID.String(), Status: string(e.Status), Formats: []string{}, From: e.From, To: e.To, Total: e.Total,
		Done: e.Done, Locale: e.Locale, RequestedBy: e.RequestedBy.String(), CreatedAt: e.CreatedAt, ExpiresAt: e.ExpiresAt,
	}
	if len(e.Kinds) == 1 {
		out.Type = string(e.Kinds[0])
	}
	for _, f := range e.Formats {
		out.Formats = append(out.Formats, string(f))
	}
	if e.Downloadable() == nil {
		path := exportsPath + "/" + e.ID.String() + "/zip"
		out.ZIP = &path
	}
	return out
}

type exportInput struct {
	Body struct {
		From    time.Time `json:"from" doc:"Documents issued at that moment or later"`
		To      time.Time `json:"to" doc:"Documents issued before that moment"`
		Type    string    `json:"type,omitempty" enum:"invoice,credit_note" doc:"Default: both"`
		Formats []string  `json:"formats,omitempty" minItems:"1" maxItems:"2" enum:"pdf,xml" nullable:"false" doc:"Default: both"`
		Locale  string    `json:"locale,omitempty" enum:"de,en" doc:"The spreadsheet locale of manifest.csv; default: for programs"`
	}
}

// selection returns domain.ErrExportRange and domain.ErrExportTime.
func (in *exportInput) selection() (domain.Selection, error) {
	out := domain.Selection{
		Kinds: []domain.Kind{domain.InvoiceKind, domain.CreditNoteKind}, Locale: in.Body.Locale,
		From: in.Body.From.UTC(), To: in.Body.To.UTC(),
	}
	for location, at := range map[string]time.Time{"body.from": out.From, "body.to": out.To} {
		if at.Year() < 1 || at.Year() > 9999 {
			return out, domain.ErrExportTime.At(location, domain.ErrExportTime.Message, nil)
		}
	}
	if !out.To.After(out.From) {
		return out, domain.ErrExportRange.At("body.to", domain.ErrExportRange.Message, in.Body.To)
	}
	if in.Body.Type != "" {
		out.Kinds = []domain.Kind{domain.Kind(in.Body.Type)}
	}
	for _, f := range []domain.Format{domain.PDFFormat, domain.XMLFormat} {
		if len(in.Body.Formats) == 0 || slices.Contains(in.Body.Formats, string(f)) {
			out.Formats = append(out.Formats, f)
		}
	}
	return out, nil
}

type exportCreated struct {
	Location string `header:"Location" doc:"The path of the export"`
	Body     exportDTO
}

type exportOutput struct{ Body exportDTO }

type exportID struct {
	ID string `path:"id" doc:"The ID of the export"`
}

func (in *exportID) parse() (id.ID, error) {
	parsed, err := id.Parse(in.ID)
	if err != nil {
		return parsed, domain.ErrNoExport
	}
	return parsed, nil
}

// registerExports adds the operations on exports of documents.
func registerExports(api *web.API, h handlers) {
	op := func(method, path, operationID, summary string) web.Op {
		return web.Op{
			Access: web.Staff, Method: method, Path: exportsPath + path, ID: operationID, Tag: "billing", Summary: summary,
		}
	}
	request := op(http.MethodPost, "", "request-document-export", "Add an export of invoices and credit notes")
	request.Status = http.StatusAccepted
	web.Register(api, request, h.requestExport)
	web.Register(api, op(http.MethodGet, "", "list-document-exports", "List the exports of documents"), h.exports)
	web.Register(api, op(http.MethodGet, "/{id}", "get-document-export", "Get an export of documents"), h.export)
	remove := op(http.MethodDelete, "/{id}", "remove-document-export", "Remove an export of documents")
	remove.Status = http.StatusNoContent
	web.Register(api, remove, h.removeExport)
	download := op(http.MethodGet, "/{id}/zip", "download-document-export",
		"Download an export of documents as a ZIP file")
	web.Register(api, download, h.downloadExport)
	web.AnswersWith(api, download, web.Zip)
}

func (h handlers) requestExport(ctx context.Context, in *exportInput) (*exportCreated, error) {
	selection, err := in.selection()
	if err != nil {
		return nil, err
	}
	export, err := h.service.RequestExport(ctx, web.CallerOf(ctx).AccountID, selection)
	if err != nil {
		return nil, err
	}
	return &exportCreated{exportsPath + "/" + export.ID.String(), toExport(export)}, nil
}

func (h handlers) exports(ctx context.Context, _ *struct{}) (*web.List[exportDTO], error) {
	all, err := h.service.AllExports(ctx)
	if err != nil {
		return nil, err
	}
	return web.NewWholeList(all, toExport), nil
}

func (h handlers) find(ctx context.Context, in *exportID) (domain.Export, error) {
	exportID, err := in.parse()
	if err != nil {
		return domain.Export{}, err
	}
	return h.service.Export(ctx, exportID)
}

func (h handlers) export(ctx context.Context, in *exportID) (*exportOutput, error) {
	export, err := h.find(ctx, in)
	return &exportOutput{toExport(export)}, err
}

func (h handlers) removeExport(ctx context.Context, in *exportID) (*struct{}, error) {
	exportID, err := in.parse()
	if err != nil {
		return nil, err
	}
	return nil, h.service.RemoveExport(ctx, exportID)
}

func (h handlers) downloadExport(ctx context.Context, in *exportID) (*huma.StreamResponse, error) {
	export, err := h.find(ctx, in)
	if err != nil {
		return nil, err
	}
	if err := export.Downloadable(); err != nil {
		return nil, err
	}
	name := "documents-" + export.From.Format(time.DateOnly) + "-" + export.To.Format(time.DateOnly) + ".zip"
	return web.NewZip(name, func(ctx context.Context, out io.Writer) error {
		archive, err := newExportArchive(out, export)
		if err != nil {
			return err
		}
		if err := h.service.WriteExport(ctx, export, archive.add); err != nil {
			return err
		}
		return archive.close()
	}), nil
}
