package pdf

import (
	"strconv"

	"coinslot/modules/billing"
	"coinslot/platform/money"
	"coinslot/platform/typeset"
)

// column is a column of a table. All but the first are aligned to the right.
type column struct {
	title string
	width float64
}

func (s *sheet) columns() []column {
	w := s.words
	out := []column{{w.Item, 0}, {w.Quantity, 40}, {w.UnitPrice, 66}, {w.Discount, 62}}
	if s.several {
		out = append(out, column{w.Rate, 62})
	}
	out = append(out, column{w.Total, 76})
	rest := width
	for _, c := range out {
		rest -= c.width
	}
	out[0].width = rest
	return out
}

// heading writes the head of a table; its role is an artifact where it is repeated.
func (s *sheet) heading(columns []column, role string) {
	total := 0.0
	for _, c := range columns {
		total += c.width
	}
	s.page.Fill(margin, s.y, total, line+4, headGrey)
	s.y += 2
	s.row(columns, role, strong, titles(columns)...)
	s.y += 4
}

func titles(columns []column) (out []string) {
	for _, c := range columns {
		out = append(out, c.title)
	}
	return out
}

// row writes the cells of one line.
func (s *sheet) row(columns []column, role string, style typeset.Style, cells ...string) {
	if role != artifact {
		s.Begin("TR")
		defer s.End()
	}
	x := margin
	for i, c := range columns {
		s.cell(role, x, c.width, cells[i], aligned{style, i > 0})
		x += c.width
	}
	s.y += line
}

func (s *sheet) table() error {
	s.carried = money.Zero(s.invoice.Content.Total.Currency())
	columns := s.columns()
	s.room(4 * line)
	s.Begin("Table")
	defer s.End()
	s.heading(columns, "TH")
	for _, l := range s.invoice.Content.Lines {
		s.item(columns, l)
		sum, err := s.carried.Add(l.Total)
		if err != nil {
			return err
		}
		s.carried = sum
		s.rows++
	}
	return nil
}

// entry is one line of a row of the table: text of the item's column, and the other cells.
type entry struct {
	text   typeset.Line
	indent float64
	cells  []string
}

// entries breaks an item into lines: its title with the amounts, then the parts of a bundle.
func (s *sheet) entries(columns []column, l billing.LineItem) (out []entry) {
	w, room := s.words, columns[0].width-2*padding
	cells := []string{strconv.Itoa(l.Quantity), w.amount(l.Unit), w.amount(l.Discount)}
	if s.several {
		cells = append(cells, s.rateOf(l.Parts))
	}
	cells = append(cells, w.amount(l.Total))
	for _, text := range s.typesetter.Wrap(l.Title, normal, room) {
		out = append(out, entry{text, 0, cells})
		cells = nil
	}
	if !l.Bundle {
		return out
	}
	const indent = 8.0
	for _, part := range l.Parts {
		cells := []string(nil)
		if s.several && s.rateOf(l.Parts) == "" {
			cells = []string{"", "", "", w.rate(part.Rate), ""}
		}
		for _, text := range s.typesetter.Wrap("– "+part.Title, small, room-indent) {
			out = append(out, entry{text, indent, cells})
			cells = nil
		}
	}
	return out
}

// rateOf returns the tax rate of all parts; empty when they have several.
func (s *sheet) rateOf(parts []billing.LineItemPart) string {
	for _, part := range parts {
		if part.Rate != parts[0].Rate {
			return ""
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return s.words.rate(parts[0].Rate)
}

// item writes a row. It moves to a new page when it does not fit on this one, and is broken when it fits on none.
func (s *sheet) item(columns []column, l billing.LineItem) {
	entries := s.entries(columns, l)
	const page = bottom - top - 4*line
	if height := line * float64(len(entries)); height < page && s.y+height+line > bottom {
		s.carry(columns)
	}
	s.Begin("TR")
	defer s.End()
	for _, e := range entries {
		if s.y+2*line > bottom {
			s.carry(columns)
		}
		s.page.Text("TD", margin+padding+e.indent, s.baseline(), e.text)
		x, style := margin+columns[0].width, normal
		if e.indent > 0 {
			style = small
		}
		for i, text := range e.cells {
			s.cell("TD", x, columns[i+1].width, text, aligned{style, true})
			x += columns[i+1].width
		}
		s.y += line
	}
	s.page.Rule(margin, s.y, width, 0.25, ruleGrey)
	s.y++
}

// carry ends a page of the table with the total of the rows so far, and starts the next one with it.
func (s *sheet) carry(columns []column) {
	s.carryLine(s.words.CarriedOver)
	s.newPage()
	s.heading(columns, artifact)
	s.carryLine(s.words.BroughtForward)
}

func (s *sheet) carryLine(label string) {
	if s.rows == 0 {
		return
	}
	s.cell(artifact, margin+width-220, 120, label, aligned{strong, false})
	s.cell(artifact, margin+width-100, 100,
		s.words.amount(s.carried)+" "+string(s.carried.Currency()), aligned{strong, true})
	s.y += line
}
