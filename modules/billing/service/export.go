package service

import (
	"context"
	"errors"
	"fmt"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
)

// RequestExport adds an export of the issued documents of a selection. A job renders their files.
// domain.ErrExportRange, ErrExportTime, ErrExportSize and ErrExports.
func (s *Service) RequestExport(ctx context.Context, staffID id.ID, of domain.Selection) (domain.Export, error) {
	limits, now := s.Limits.Exports, s.Clock.Now()
	wanted := domain.Export{
		ID: s.IDs.NewID(), RequestedBy: staffID, Selection: of, Status: domain.ExportPreparing,
		BatchSize: limits.Batch, CreatedAt: now, ExpiresAt: now.Add(limits.Keep),
	}
	var export domain.Export
	err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) (err error) {
		var stored bool
		if export, stored, err = st.Exports.Lock(ctx, wanted.ID); err != nil || stored {
			return err
		}
		export = wanted
		if err := st.Exports.DeleteExpired(ctx, now); err != nil {
			return err
		}
		open, err := st.Exports.Count(ctx, now)
		if err != nil {
			return err
		}
		if open >= limits.Open {
			return domain.ErrExports.With("limit", limits.Open)
		}
		if export.Total, err = st.Exports.Insert(ctx, export, limits.Documents+1); err != nil {
			return err
		}
		if export.Total > limits.Documents {
			return domain.ErrExportSize.With("limit", limits.Documents)
		}
		if export.Total > 0 {
			return st.Events.ExportRequested(ctx, domain.ExportRequested{ExportID: export.ID})
		}
		if err := export.Advance(0); err != nil {
			return err
		}
		return st.Exports.Update(ctx, export)
	})
	if err != nil {
		return domain.Export{}, fmt.Errorf("request an export of documents: %w", err)
	}
	return export, nil
}

// PrepareExport renders the files of an export, a batch after the other, and commits its progress after each. After
// RunFor it leaves the rest to a new job. A repeated call continues where the last one stopped. It does nothing for an
// export that is gone or ended.
func (s *Service) PrepareExport(ctx context.Context, exportID id.ID) error {
	until := s.Clock.Now().Add(s.Limits.Exports.RunFor)
	for {
		export, err := s.Exports.Find(ctx, exportID, s.Clock.Now())
		if errors.Is(err, domain.ErrNoExport) || (err == nil && export.Status != domain.ExportPreparing) {
			return nil
		}
		if err != nil {
			return err
		}
		rendered, err := s.renderBatch(ctx, export)
		if err != nil && (ctx.Err() != nil || domain.IsTemporary(err)) {
			return fmt.Errorf("render batch %d of export %s: %w", export.Batch(), exportID, err)
		}
		if err != nil {
			s.Log.ErrorContext(ctx, "export of documents failed", "export", exportID, "cause", err)
		}
		pause := !s.Clock.Now().Before(until)
		if err := s.saveBatch(ctx, export, batchResult{rendered, err != nil, pause}); err != nil || pause {
			return err
		}
	}
}

// renderBatch renders the files of the next batch and returns how many documents it has.
func (s *Service) renderBatch(ctx context.Context, export domain.Export) (int, error) {
	documents, err := s.Exports.Batch(ctx, export.ID, export.Batch())
	if err != nil {
		return 0, err
	}
	if len(documents) == 0 {
		return 0, fmt.Errorf("export %s has no batch %d", export.ID, export.Batch())
	}
	for _, d := range documents {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if _, _, err := s.filesOf(ctx, export, d); err != nil {
			return 0, err
		}
	}
	return len(documents), nil
}

// filesOf returns the files of a document that an export has; nil for a format that the export or the document, such as
// one in a currency of three decimals, does not have.
func (s *Service) filesOf(ctx context.Context, export domain.Export, d ports.ExportedDocument) (pdf,
	xml []byte, err error,
) {
	if pdf = d.PDF; pdf == nil && export.Has(domain.PDFFormat) {
		if pdf, err = s.PDFOf(ctx, d.Invoice); err != nil {
			return nil, nil, err
		}
	}
	if !export.Has(domain.PDFFormat) {
		pdf = nil
	}
	if export.Has(domain.XMLFormat) {
		if xml, err = s.XMLOf(d.Invoice); errors.Is(err, domain.ErrNoXML) {
			err = nil
		}
	}
	return pdf, xml, err
}

// batchResult is the result of rendering a batch.
type batchResult struct {
	documents int
	failed    bool
	pause     bool // the rest is for a new job
}

// saveBatch stores the progress, unless another worker has advanced the export since it was read.
func (s *Service) saveBatch(ctx context.Context, read domain.Export, result batchResult) error {
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		export, found, err := st.Exports.Lock(ctx, read.ID)
		if err != nil || !found {
			return err
		}
		if export.Status == read.Status && export.Done == read.Done {
			if err := advance(&export, result); err != nil {
				return err
			}
			if err := st.Exports.Update(ctx, export); err != nil {
				return err
			}
		}
		if result.pause && export.Status == domain.ExportPreparing {
			return st.Events.ExportRequested(ctx, domain.ExportRequested{ExportID: export.ID})
		}
		return nil
	})
}

func advance(export *domain.Export, result batchResult) error {
	if result.failed {
		return export.Fail()
	}
	return export.Advance(result.documents)
}

// Export returns an export of documents; domain.ErrNoExport.
func (s *Service) Export(ctx context.Context, exportID id.ID) (domain.Export, error) {
	return s.Exports.Find(ctx, exportID, s.Clock.Now())
}

// AllExports returns the exports of documents that have not expired, the newest first.
func (s *Service) AllExports(ctx context.Context) ([]domain.Export, error) {
	return s.Exports.All(ctx, s.Clock.Now())
}

// RemoveExport removes an export of documents and stops its preparation. The documents and their files stay.
// domain.ErrNoExport.
func (s *Service) RemoveExport(ctx context.Context, exportID id.ID) error {
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		found, err := st.Exports.Delete(ctx, exportID)
		if err == nil && !found {
			return domain.ErrNoExport
		}
		return err
	})
}

// PruneExports removes the exports that have expired.
func (s *Service) PruneExports(ctx context.Context) error {
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		return st.Exports.DeleteExpired(ctx, s.Clock.Now())
	})
}

// pruned is how many webhooks one transaction deletes.
const pruned = 500

// PruneWebhooks deletes the webhooks that were received longer ago than they are kept. Providers repeat a webhook for
// a shorter time.
func (s *Service) PruneWebhooks(ctx context.Context) error {
	before := s.Clock.Now().Add(-s.WebhookRetention)
	for n := pruned; n == pruned; {
		err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) (err error) {
			n, err = st.Inbox.Prune(ctx, before, pruned)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ExportedFiles is a document of an export with its files; nil: the export does not have the format.
type ExportedFiles struct {
	domain.Invoice
	PDF []byte
	XML []byte
}

// WriteExport passes the documents of an export with their files to take, in the order of their issue. It holds one
// batch in memory.
func (s *Service) WriteExport(ctx context.Context, export domain.Export, take func(ExportedFiles) error) error {
	for position := range export.Batches() {
		documents, err := s.Exports.Batch(ctx, export.ID, position)
		if err != nil {
			return err
		}
		if len(documents) == 0 {
			return domain.ErrNoExport // it was removed
		}
		for _, d := range documents {
			pdf, xml, err := s.filesOf(ctx, export, d)
			if err != nil {
				return err
			}
			if err := take(ExportedFiles{d.Invoice, pdf, xml}); err != nil {
				return err
			}
		}
	}
	return nil
}
