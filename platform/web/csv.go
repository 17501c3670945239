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

// Table is a response with a CSV file, which is streamed.
type Table = huma.StreamResponse

// NewTable returns a CSV file with a name and a header row. rows calls write for each row. When rows returns an
// error, the connection is closed, so that the client does not take the incomplete file for a complete one.
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

// Cell returns a text that a spreadsheet does not interpret as a formula: it adds an apostrophe in front of one.
// Numbers are unchanged.
func Cell(text string) string {
	if text == "" || !strings.ContainsRune("=+-@\t\r\n", rune(text[0])) || isNumber(text) {
		return text
	}
	return "'" + text
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
