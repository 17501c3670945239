package service_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/modules/billing/service"
	"coinslot/platform/fault"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

// failing fails to store PDFs after some.
type failing struct {
	ports.Documents
	after int
	err   error
}

func (f *failing) PutPDF(ctx context.Context, documentID id.ID, pdf []byte) ([]byte, error) {
	if f.after--; f.after < 0 {
		return nil, f.err
	}
	return f.Documents.PutPDF(ctx, documentID, pdf)
}

// exporting returns a fixture with five invoices, batches of two, and a request of an export of all.
func exporting(t *testing.T) (fixture, *failing, func() (domain.Export, error)) {
	t.Helper()
	f := newFixture()
	documents := &failing{f.store, 1000, fault.ErrOverloaded}
	f.Documents = documents
	f.Limits.Exports = service.ExportLimits{Keep: time.Hour, Documents: 5, Open: 2, Batch: 2, RunFor: time.Minute}
	for range 5 {
		f.sale(t, 1000)
	}
	require.NoError(t, f.NumberAll(t.Context()))
	return f, documents, func() (domain.Export, error) {
		return f.RequestExport(t.Context(), newID(), domain.Selection{
			Kinds: []domain.Kind{domain.InvoiceKind}, Formats: []domain.Format{domain.PDFFormat},
			From: f.clock.Now().Add(-time.Hour), To: f.clock.Now().Add(time.Hour),
		})
	}
}

func TestPrepareExport_DatabaseFails_ContinuesFromLastCommit(t *testing.T) {
	t.Parallel()
	f, documents, request := exporting(t)
	e, err := request()
	require.NoError(t, err)
	require.Equal(t, 5, e.Total)
	documents.after = 3
	require.ErrorIs(t, f.PrepareExport(t.Context(), e.ID), fault.ErrOverloaded)
	e, err = f.Export(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, 2, e.Done, "the second batch is not complete")
	require.ErrorIs(t, e.Downloadable(), domain.ErrExportPending)
	documents.after = 1000
	require.NoError(t, f.PrepareExport(t.Context(), e.ID))
	require.NoError(t, f.PrepareExport(t.Context(), e.ID), "a job of an export that is ready does nothing")
	e, err = f.Export(t.Context(), e.ID)
	require.NoError(t, err)
	require.NoError(t, e.Downloadable())
	require.Equal(t, 5, e.Done)
	var files []string
	require.NoError(t, f.WriteExport(t.Context(), e, func(d service.ExportedFiles) error {
		require.Nil(t, d.XML, "a format that was not requested")
		files = append(files, string(d.PDF))
		return nil
	}))
	require.Len(t, files, 5)
	const number = "INV-AT-2026-000001"
	require.Equal(t, number+number, files[0], "the PDF with the XML in it")
}

func TestPrepareExport_RunForIsOver_LeavesRestToNewJob(t *testing.T) {
	t.Parallel()
	f, _, request := exporting(t)
	f.Limits.Exports.RunFor = 0
	e, err := request()
	require.NoError(t, err)
	for i, jobs := range []int{2, 3, 3} { // the request and each run but the last insert a job
		require.NoError(t, f.PrepareExport(t.Context(), e.ID))
		require.Len(t, f.store.RequestedExports(), jobs, "run %d", i)
	}
	e, err = f.Export(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, domain.ExportReady, e.Status)
}

func TestPrepareExport_DocumentCannotBeRendered_Fails(t *testing.T) {
	t.Parallel()
	f, documents, request := exporting(t)
	documents.after, documents.err = 3, errors.New("no glyph")
	e, err := request()
	require.NoError(t, err)
	require.NoError(t, f.PrepareExport(t.Context(), e.ID))
	e, err = f.Export(t.Context(), e.ID)
	require.NoError(t, err)
	require.ErrorIs(t, e.Downloadable(), domain.ErrExportFailed)
}

func TestRequestExport_Limits_AreRefused(t *testing.T) {
	t.Parallel()
	f, _, request := exporting(t)
	for range 2 {
		_, err := request()
		require.NoError(t, err)
	}
	_, err := request()
	require.ErrorIs(t, err, domain.ErrExports)
	f.clock.Advance(2 * time.Hour)
	require.NoError(t, f.PruneExports(t.Context()))
	all, err := f.AllExports(t.Context())
	require.NoError(t, err)
	require.Empty(t, all, "they have expired")
	f.clock.Advance(-2 * time.Hour)
	f.Limits.Exports.Documents = 4
	_, err = request()
	require.ErrorIs(t, err, domain.ErrExportSize)
	all, err = f.AllExports(t.Context())
	require.NoError(t, err)
	require.Empty(t, all, "a refused one is not stored")
	require.ErrorIs(t, f.RemoveExport(t.Context(), newID()), domain.ErrNoExport)
	require.NoError(t, f.PrepareExport(t.Context(), newID()), "the job of a removed export")
}

// A document in a currency of three decimals has no XML: its PDF is exported alone.
func TestExport_DocumentWithoutXML_HasPDFOnly(t *testing.T) {
	t.Parallel()
	f, _, _ := exporting(t)
	f.XML = withoutXML{}
	e, err := f.RequestExport(t.Context(), newID(), domain.Selection{
		Kinds: []domain.Kind{domain.InvoiceKind}, Formats: []domain.Format{domain.PDFFormat, domain.XMLFormat},
		From: f.clock.Now().Add(-time.Hour), To: f.clock.Now().Add(time.Hour),
	})
	require.NoError(t, err)
	require.NoError(t, f.PrepareExport(t.Context(), e.ID))
	e, err = f.Export(t.Context(), e.ID)
	require.NoError(t, err)
	require.NoError(t, e.Downloadable())
	require.NoError(t, f.WriteExport(t.Context(), e, func(d service.ExportedFiles) error {
		require.NotEmpty(t, d.PDF)
		require.Nil(t, d.XML)
		return nil
	}))
}

type withoutXML struct{}

// Render returns domain.ErrNoXML.
func (withoutXML) Render(domain.Invoice) ([]byte, error) { return nil, domain.ErrNoXML }
