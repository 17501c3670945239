package pdfa

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"coinslot/platform/typeset"
)

// usedFont is a font with the glyphs that are shown. Each pair of a glyph and its text has a code of its own, so that
// the text can be extracted exactly.
type usedFont struct {
	font   *typeset.Font
	label  string
	codes  map[shown]int
	glyphs []shown // by code; the code 0 is not used
}

type shown struct {
	glyph uint16
	text  string
}

func (d *Document) use(f *typeset.Font) *usedFont {
	if used, ok := d.fonts[f]; ok {
		return used
	}
	used := &usedFont{font: f, label: fmt.Sprintf("F%d", len(d.order)), codes: map[shown]int{}, glyphs: []shown{{}}}
	d.fonts[f], d.order = used, append(d.order, used)
	return used
}

func (f *usedFont) code(glyph uint16, text string) int {
	key := shown{glyph, text}
	if code, ok := f.codes[key]; ok {
		return code
	}
	f.codes[key] = len(f.glyphs)
	f.glyphs = append(f.glyphs, key)
	return len(f.glyphs) - 1
}

// resources writes the fonts and the image, and returns the dictionary that all pages share.
func (d *Document) resources(o *objects) (string, error) {
	var out strings.Builder
	out.WriteString("<</Font<<")
	for _, f := range d.order {
		number, err := f.write(o)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "/%s %d 0 R", f.label, number)
	}
	out.WriteString(">>")
	if d.image != nil {
		fmt.Fprintf(&out, "/XObject<</Im %d 0 R>>", d.image.write(o))
	}
	out.WriteString(">>")
	return out.String(), nil
}

func (f *usedFont) write(o *objects) (int, error) {
	ids := make([]uint16, len(f.glyphs))
	for i, g := range f.glyphs {
		ids[i] = g.glyph
	}
	subset, err := f.font.Subset(ids)
	if err != nil {
		return 0, fmt.Errorf("subset the font %s: %w", f.font.Name, err)
	}
	var widths strings.Builder
	var glyphs bytes.Buffer
	for _, id := range ids {
		number := subset.Glyphs[id]
		glyphs.Write([]byte{byte(number >> 8), byte(number)})
		fmt.Fprintf(&widths, "%d ", subset.Widths[number])
	}
	name := f.name()
	file := o.stream(fmt.Sprintf("/Length1 %d", len(subset.File)), subset.File)
	descriptor := o.add("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d"+
		"/Descent %d/CapHeight %d/StemV 80/FontFile2 %d 0 R>>", name, subset.Box[0], subset.Box[1], subset.Box[2],
		subset.Box[3], subset.Ascent, subset.Descent, subset.CapHeight, file)
	codes := o.stream("", glyphs.Bytes())
	descendant := o.add("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"+
		"/Supplement 0>>/FontDescriptor %d 0 R/DW 1000/W[0[%s]]/CIDToGIDMap %d 0 R>>", name, descriptor,
		widths.String(), codes)
	unicode := o.stream("", f.toUnicode())
	return o.add("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>",
		name, descendant, unicode), nil
}

// name is the font's name with a prefix of six letters that is made from the subset.
func (f *usedFont) name() string {
	sum := sha256.Sum256(fmt.Append(nil, f.glyphs))
	prefix := make([]byte, 6)
	for i := range prefix {
		prefix[i] = 'A' + sum[i]%26
	}
	return string(prefix) + "+" + strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f && !strings.ContainsRune("()<>[]{}/%#", r) {
			return r
		}
		return '-'
	}, f.font.Name)
}

// toUnicode maps each code to its text. The second and further glyphs of a cluster have none: the cluster's ActualText
// has all of it.
func (f *usedFont) toUnicode() []byte {
	var out bytes.Buffer
	out.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>> def\n/CMapName/Adobe-Identity-UCS def\n" +
		"/CMapType 2 def\n1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n")
	var rows []string
	for code, g := range f.glyphs {
		if g.text != "" {
			rows = append(rows, fmt.Sprintf("<%04X><%s>\n", code, utf16Hex(g.text)))
		}
	}
	const block = 100 // as many as the format allows
	for start := 0; start < len(rows); start += block {
		part := rows[start:min(start+block, len(rows))]
		fmt.Fprintf(&out, "%d beginbfchar\n%sendbfchar\n", len(part), strings.Join(part, ""))
	}
	out.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\n" + strings.Repeat("end\n", 2))
	return out.Bytes()
}
