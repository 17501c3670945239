package pdfa

import (
	"bytes"
	"fmt"
	"unicode/utf16"

	"coinslot/platform/typeset"
)

// maxText is how many UTF-16 units readers accept as the text of one glyph.
const maxText = 8

// Page is a page of a document. Its coordinates are in points from the top left corner.
type Page struct {
	document *Document
	content  bytes.Buffer
	marked   []*element // by number of the marked content
	number   int
}

// AddPage adds a page after the last.
func (d *Document) AddPage() *Page {
	p := &Page{document: d}
	d.pages = append(d.pages, p)
	return p
}

// Pages returns the pages, so that something can be added to each when their number is known.
func (d *Document) Pages() []*Page { return d.pages }

func (p *Page) printf(format string, args ...any) { fmt.Fprintf(&p.content, format, args...) }

// Rule draws a horizontal line of a width and a grey between 0, black, and 1.
func (p *Page) Rule(x, y, length, width, grey float64) {
	y = p.document.h - y
	p.printf("/Artifact BMC %s G %s w %s %s m %s %s l S EMC\n", number(grey), number(width),
		number(x), number(y), number(x+length), number(y))
}

// Fill fills a rectangle with a grey.
func (p *Page) Fill(x, y, width, height, grey float64) {
	p.printf("/Artifact BMC %s g %s %s %s %s re f EMC\n", number(grey), number(x),
		number(p.document.h-y-height), number(width), number(height))
}

// Text writes a line with its baseline at y, as the content of an element with a role of PDF such as P, H1 or TD.
func (p *Page) Text(role string, x, y float64, line typeset.Line) {
	if len(line.Clusters) == 0 {
		return
	}
	p.printf("/%s<</MCID %d>>BDC\n", role, len(p.marked))
	p.marked = append(p.marked, p.document.leaf(role, p, len(p.marked)))
	p.show(x, y, line)
}

// Artifact writes a line that repeats on pages and is not read aloud, such as a page number.
func (p *Page) Artifact(x, y float64, line typeset.Line) {
	p.printf("/Artifact BMC\n")
	p.show(x, y, line)
}

// show writes the clusters, each at its place: a font's own widths need not be those of the shaped text.
func (p *Page) show(x, y float64, line typeset.Line) {
	p.printf("0 g BT\n")
	base := p.document.h - y
	var last *usedFont
	for _, c := range line.Clusters {
		f := p.document.use(c.Font)
		if f != last {
			p.printf("/%s %s Tf\n", f.label, number(line.Style.Size))
			last = f
		}
		text := c.Text
		spanned := len(c.Glyphs) > 1 || len(utf16.Encode([]rune(text))) > maxText
		if spanned {
			p.printf("/Span<</ActualText%s>>BDC ", unicodeText(c.Text))
			text = string([]rune(text)[:1])
		}
		for _, g := range c.Glyphs {
			p.printf("1 0 0 1 %s %s Tm<%04X>Tj\n", number(x+g.X), number(base+g.Y), f.code(g.ID, text))
			text = ""
		}
		if spanned {
			p.printf("EMC\n")
		}
	}
	p.printf("ET EMC\n")
}

// Box is a part of a page.
type Box struct{ X, Y, Width, Height float64 }

// Logo draws the document's image in a box, as the content of a Figure with an alternative text.
func (p *Page) Logo(image *Image, alternative string, b Box) {
	x, y, width, height := b.X, b.Y, b.Width, b.Height
	p.document.image = image
	e := p.document.leaf("Figure", p, len(p.marked))
	e.alternative = alternative
	e.box = [4]float64{x, p.document.h - y - height, x + width, p.document.h - y}
	p.printf("/Figure<</MCID %d>>BDC q %s 0 0 %s %s %s cm /Im Do Q EMC\n", len(p.marked), number(width), number(height),
		number(x), number(p.document.h-y-height))
	p.marked = append(p.marked, e)
}
