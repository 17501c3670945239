package web

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// CSV is the media type of a Table.
const CSV = "text/csv"

// Table is a response with a CSV file, which is streamed.
type Table = huma.StreamResponse

// NewTable returns a CSV file with a name and a header row, for programs. rows calls write for each row. When rows
// returns an error, the connection is closed, so that the client does not take the incomplete file for a complete one.
func NewTable(name string, header []string,
	rows func(ctx context.Context, write func(cells ...string) error) error,
) *Table {
	return NewSheet(name, Dialect{}, header, func(ctx context.Context, sheet *Sheet) error {
		return rows(ctx, func(cells ...string) error {
			values := make([]Value, len(cells))
			for i, cell := range cells {
				values[i] = Text(cell)
				if isNumber(cell) {
					values[i] = Number(cell)
				}
			}
			return sheet.Write(values...)
		})
	})
}

// Dialect is how a CSV file writes numbers and times. The zero dialect is for programs: commas, a decimal point, RFC
// 3339 in UTC.
type Dialect struct {
	semicolon   bool // between cells, and a comma is the decimal separator
	spreadsheet bool // with a byte order mark and times that spreadsheets parse
}

// CSVLocale is the input of operations whose CSV files have a dialect.
type CSVLocale struct {
	Locale string `query:"locale" enum:"de,en" doc:"Opens in a spreadsheet with this locale: de has semicolons and decimal commas; default: for programs"`
}

// Dialect returns the dialect of the locale.
func (l CSVLocale) Dialect() Dialect { return DialectOf(l.Locale) }

// DialectOf returns the dialect of spreadsheets with a locale: en or de. The empty locale has that for programs.
func DialectOf(locale string) Dialect {
	return Dialect{semicolon: locale == "de", spreadsheet: locale != ""}
}

// Value is the value of a cell. The zero Value is an empty cell.
type Value struct {
	text   string
	at     time.Time
	number bool
}

// Text returns a text. A spreadsheet does not interpret it as a formula.
func Text(text string) Value { return Value{text: text} }

// Number returns a number from its decimal form with a point, such as -12.50; empty: an empty cell.
func Number(decimal string) Value { return Value{text: decimal, number: true} }

// Time returns a moment; the zero moment is an empty cell.
func Time(at time.Time) Value { return Value{at: at} }

// spreadsheetTime is the form of ISO 8601 that LibreOffice and Excel parse in every locale.
const spreadsheetTime = "2006-01-02 15:04:05"

// cell returns the text of a value.
func (d Dialect) cell(v Value) string {
	switch {
	case !v.at.IsZero() && d.spreadsheet:
		return v.at.UTC().Format(spreadsheetTime)
	case !v.at.IsZero():
		return v.at.UTC().Format(time.RFC3339Nano)
	case v.number && d.semicolon:
		return strings.Replace(v.text, ".", ",", 1)
	case v.number:
		return v.text
	default:
		return Cell(v.text)
	}
}

// Sheet writes a CSV file.
type Sheet struct {
	out     *csv.Writer
	dialect Dialect
}

// NewSheetWriter returns a sheet with a header row on out. The caller must call Flush.
func NewSheetWriter(out io.Writer, d Dialect, header []string) (*Sheet, error) {
	const byteOrderMark = "\ufeff"
	s := &Sheet{csv.NewWriter(out), d}
	if d.semicolon {
		s.out.Comma = ';'
	}
	if d.spreadsheet {
		if _, err := io.WriteString(out, byteOrderMark); err != nil {
			return nil, err
		}
	}
	return s, s.out.Write(header)
}

// Write writes a row.
func (s *Sheet) Write(values ...Value) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = s.dialect.cell(v)
	}
	return s.out.Write(cells)
}

// Flush writes what is buffered.
func (s *Sheet) Flush() error {
	s.out.Flush()
	return s.out.Error()
}

// NewSheet returns a CSV file in a dialect, with a name and a header row. rows writes the other rows. When rows returns
// an error, the connection is closed, so that the client does not take the incomplete file for a complete one.
func NewSheet(name string, d Dialect, header []string,
	rows func(ctx context.Context, sheet *Sheet) error,
) *Table {
	return newStream(name, CSV+"; charset=utf-8", func(ctx context.Context, out io.Writer) error {
		sheet, err := NewSheetWriter(out, d, header)
		if err != nil {
			return err
		}
		if err := rows(ctx, sheet); err != nil {
			return err
		}
		return sheet.Flush()
	})
}

const (
	// streamTimeout bounds a streamed response, instead of the handler timeout.
	streamTimeout = 15 * time.Minute
	// pieceTimeout is the time in which a client must receive a piece of a streamed response, instead of the write
	// timeout.
	pieceTimeout = 15 * time.Second
)

// newStream returns a file whose length is not known in advance. When write returns an error, the connection is closed.
func newStream(name, contentType string, write func(ctx context.Context, out io.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", contentType)
		c.SetHeader("Content-Disposition", fmt.Sprintf(`attachment; filename="%s"`, name))
		c.SetStatus(http.StatusOK)
		if c.Method() == http.MethodHead {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Context()), streamTimeout)
		defer cancel()
		if err := write(ctx, newPieces(c.BodyWriter())); err != nil {
			note(c.Context(), err)
			panic(http.ErrAbortHandler)
		}
	}}
}

// pieces is a writer that extends the write deadline of its connection with every write.
type pieces struct {
	io.Writer
	connection *http.ResponseController
}

func newPieces(out io.Writer) io.Writer {
	response, ok := out.(http.ResponseWriter)
	if !ok {
		return out
	}
	return pieces{out, http.NewResponseController(response)}
}

// Write writes a piece.
func (p pieces) Write(piece []byte) (int, error) {
	_ = p.connection.SetWriteDeadline(time.Now().Add(pieceTimeout)) // it fails in tests without a connection
	return p.Writer.Write(piece)
}

// Zip is the media type of ZIP files.
const Zip = "application/zip"

// NewZip returns a ZIP file with a name, which is streamed. When write returns an error, the connection is closed, so
// that the client does not take the incomplete file for a complete one.
func NewZip(name string, write func(ctx context.Context, out io.Writer) error) *huma.StreamResponse {
	return newStream(name, Zip, write)
}

// Cell returns a text that a spreadsheet does not interpret as a formula: it adds an apostrophe in front of one, also
// when white space precedes it, because spreadsheets may trim it. Numbers are unchanged.
func Cell(text string) string {
	if isNumber(text) || !startsFormula(text) {
		return text
	}
	return "'" + text
}

func startsFormula(text string) bool {
	if text != "" && strings.ContainsRune("\t\r\n", rune(text[0])) {
		return true
	}
	trimmed := strings.TrimSpace(text)
	for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠"} { // some locales take the wide signs, too
		if strings.HasPrefix(trimmed, sign) {
			return true
		}
	}
	return false
}

func isNumber(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	return digits != "" && digits[0] != '.' && strings.Trim(digits, "0123456789.") == "" &&
		strings.Count(digits, ".") <= 1
}

// AnswersWith documents a file of a media type as the 200 response of a GET operation.
func AnswersWith(api *API, op Op, contentType string) {
	response := api.OpenAPI().Paths[op.Path].Get.Responses["200"]
	response.Content = map[string]*huma.MediaType{contentType: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
	if contentType == CSV {
		response.Content[contentType].Schema.Format = ""
	}
}
