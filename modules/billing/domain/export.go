package domain

import (
	"fmt"
	"slices"
	"time"

	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/state"
)

// The faults of exports of documents.
var (
	ErrNoExport = fault.New(fault.NotFound, "document-export-not-found",
		"there is no such export of documents, or it has expired; request a new one")
	ErrExportRange = fault.New(fault.Invalid, "invalid-request", "to must be after from")
	ErrExportTime  = fault.New(fault.Invalid, "invalid-request", "write times from the year 1 to 9999 in UTC")
	ErrExportSize  = fault.New(fault.Invalid, "document-export-too-large",
		"the time range has too many documents for one export; export shorter ranges")
	ErrExports = fault.New(fault.Conflict, "too-many-document-exports",
		"as many exports exist as are allowed; remove one, or wait until one expires")
	ErrExportPending = fault.New(fault.Conflict, "document-export-not-ready",
		"the export is still being prepared; poll it until its status is ready").After(time.Second)
	ErrExportFailed = fault.New(fault.Conflict, "document-export-failed",
		"a document of the export cannot be rendered; the cause is logged. Remove the export and request it again later")
)

// Format is a file format of documents.
type Format string

// The formats.
const (
	PDFFormat Format = "pdf"
	XMLFormat Format = "xml"
)

// ExportStatus is the state of an export of documents.
type ExportStatus string

// The statuses of exports. Ready and failed are final.
const (
	ExportPreparing ExportStatus = "preparing" // its files are being rendered
	ExportReady     ExportStatus = "ready"
	ExportFailed    ExportStatus = "failed" // a file cannot be rendered
)

// ExportTransitions lists the statuses that may follow each status of an export. An export starts as preparing.
var ExportTransitions = state.Table[ExportStatus]{
	ExportPreparing: {ExportReady, ExportFailed},
	ExportReady:     {},
	ExportFailed:    {},
}

// Selection selects the documents and the files of an export.
type Selection struct {
	Kinds   []Kind
	Formats []Format
	Locale  string    // of the manifest; empty: for programs
	From    time.Time // issued at that moment or later
	To      time.Time // issued before that moment
}

// Export is a set of issued documents whose files are rendered in the background. The set does not change.
type Export struct {
	ID          id.ID
	RequestedBy id.ID
	Selection
	Status    ExportStatus
	BatchSize int // documents that are rendered between two commits
	Total     int // documents
	Done      int // documents with rendered files
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Batch returns the position of the next batch, counted from 0.
func (e Export) Batch() int { return e.Done / e.BatchSize }

// Batches returns the number of batches.
func (e Export) Batches() int { return (e.Total + e.BatchSize - 1) / e.BatchSize }

// Has reports whether the export has files of a format.
func (e Export) Has(f Format) bool { return slices.Contains(e.Formats, f) }

// Advance adds rendered documents. With the last of them the export is ready. state.ErrTransition.
func (e *Export) Advance(documents int) error {
	e.Done += documents
	if e.Done < e.Total {
		return nil
	}
	return e.move(ExportReady)
}

// Fail ends an export. state.ErrTransition.
func (e *Export) Fail() error { return e.move(ExportFailed) }

func (e *Export) move(to ExportStatus) error {
	if err := ExportTransitions.Check(e.Status, to); err != nil {
		return fmt.Errorf("move export %s: %w", e.ID, err)
	}
	e.Status = to
	return nil
}

// Downloadable returns nil when the export is ready, ErrExportPending or ErrExportFailed.
func (e Export) Downloadable() error {
	switch e.Status {
	case ExportReady:
		return nil
	case ExportFailed:
		return ErrExportFailed
	default:
		return ErrExportPending.With("done", e.Done).With("total", e.Total)
	}
}

// ExportRequested is the event that documents of an export are to be rendered.
type ExportRequested struct {
	ExportID id.ID `json:"export_id"`
}

// IsTemporary reports whether the rendering of documents that ended with an error may succeed later.
func IsTemporary(err error) bool { return fault.Is(err, fault.Unavailable) }
