package pdfa

import (
	"fmt"
	"strings"
)

// element is an element of the logical structure: it has elements, or one marked content of a page.
type element struct {
	role        string
	parent      *element
	kids        []*element
	page        *Page
	mcid        int
	alternative string
	box         [4]float64
	number      int
}

// Begin opens an element with a role such as Table or TR; End closes it. What is written between them is its content.
func (d *Document) Begin(role string) {
	d.open = append(d.open, d.child(&element{role: role}))
}

// End closes the element that was opened last.
func (d *Document) End() {
	if len(d.open) > 1 {
		d.open = d.open[:len(d.open)-1]
	}
}

func (d *Document) child(e *element) *element {
	e.parent = d.open[len(d.open)-1]
	e.parent.kids = append(e.parent.kids, e)
	return e
}

func (d *Document) leaf(role string, p *Page, mcid int) *element {
	return d.child(&element{role: role, page: p, mcid: mcid})
}

func (d *Document) writeStructure(o *objects, root int) {
	d.root.assign(o)
	d.root.write(o, root)
	var parents strings.Builder
	for i, p := range d.pages {
		fmt.Fprintf(&parents, "%d[", i)
		for _, e := range p.marked {
			fmt.Fprintf(&parents, "%d 0 R ", e.number)
		}
		parents.WriteString("]")
	}
	tree := o.add("<</Nums[%s]>>", parents.String())
	o.put(root, "<</Type/StructTreeRoot/K %d 0 R/ParentTree %d 0 R/ParentTreeNextKey %d>>", d.root.number, tree,
		len(d.pages))
}

func (e *element) assign(o *objects) {
	e.number = o.reserve()
	for _, kid := range e.kids {
		kid.assign(o)
	}
}

func (e *element) write(o *objects, parent int) {
	var rest strings.Builder
	switch {
	case e.page != nil:
		fmt.Fprintf(&rest, "/Pg %d 0 R/K %d", e.page.number, e.mcid)
	default:
		rest.WriteString("/K[")
		for _, kid := range e.kids {
			fmt.Fprintf(&rest, "%d 0 R ", kid.number)
		}
		rest.WriteString("]")
	}
	if e.role == "Figure" {
		b := e.box
		fmt.Fprintf(&rest, "/Alt%s/A<</O/Layout/BBox[%s %s %s %s]>>", unicodeText(e.alternative), number(b[0]),
			number(b[1]), number(b[2]), number(b[3]))
	}
	if e.role == "TH" {
		rest.WriteString("/A<</O/Table/Scope/Column>>")
	}
	o.put(e.number, "<</Type/StructElem/S/%s/P %d 0 R%s>>", e.role, parent, rest.String())
	for _, kid := range e.kids {
		kid.write(o, e.number)
	}
}
