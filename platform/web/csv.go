package web

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// CSV is the media type of a Table.
const CSV = "text/csv"

// Table is an answer that is a CSV file. It is written as it is made, so it may be longer than memory.
type Table = huma.StreamResponse

// NewTable answers with a CSV file of this name and header. rows hands over one row after the other; when it fails, the
// connection is cut, so that nobody takes half a file for a whole one.
func NewTable(name string, header []string,
	rows func(ctx context.Context, write func(cells ...string) error) error,
) *Table {
	return &Table{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", CSV+"; charset=utf-8")
		c.SetHeader("Content-Disposition", fmt.Sprintf(`attachment; filename="%s"`, name))
		c.SetStatus(http.StatusOK)
		if c.Method() == http.MethodHead {
			return
		}
		out := csv.NewWriter(c.BodyWriter())
		write := func(cells ...string) error {
			for i, cell := range cells {
				cells[i] = Cell(cell)
			}
			return out.Write(cells)
		}
		err := write(header...)
		if err == nil {
			err = rows(c.Context(), write)
		}
		out.Flush()
		if err != nil || out.Error() != nil {
			note(c.Context(), err)
			panic(http.ErrAbortHandler)
		}
	}}
}

// Cell makes a text safe to open in a spreadsheet: what would be taken for a formula gets an apostrophe in front, which
// says that it is text. Numbers stay as they are.
func Cell(text string) string {
	if text == "" || !strings.ContainsRune("=+-@\t\r\n", rune(text[0])) || isNumber(text) {
		return text
	}
	return "'" + text
}

func isNumber(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	return digits != "" && strings.Trim(digits, "0123456789.") == "" && strings.Count(digits, ".") <= 1 && digits[0] != '.'
}

// AnswersWith documents that an operation answers with a file and not with JSON.
func AnswersWith(api *API, op Op, contentType string) {
	response := api.OpenAPI().Paths[op.Path].Get.Responses["200"]
	response.Content = map[string]*huma.MediaType{contentType: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
	if contentType == CSV {
		response.Content[contentType].Schema.Format = ""
	}
}
