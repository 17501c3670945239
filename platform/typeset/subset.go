package typeset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
)

// errOutlines is returned for a font whose glyphs are not TrueType outlines, such as an OpenType font with CFF.
var errOutlines = errors.New("it has no TrueType outlines: convert it to TrueType (*.ttf with a glyf table)")

// Subset is a part of a font, for embedding.
type Subset struct {
	File   []byte         // a TrueType font without a cmap
	Glyphs map[uint16]int // the number in the subset of each glyph of the font
	Widths []int          // by number in the subset, in thousandths of the font size

	Ascent, Descent, CapHeight int
	Box                        [4]int
}

// tables are those of a TrueType font, by tag.
type tables map[string][]byte

func readTables(raw []byte) (tables, error) {
	out := tables{}
	if len(raw) < 12 {
		return nil, errOutlines
	}
	count := int(binary.BigEndian.Uint16(raw[4:]))
	for i := range count {
		at := 12 + 16*i
		if at+16 > len(raw) {
			return nil, errOutlines
		}
		offset := int(binary.BigEndian.Uint32(raw[at+8:]))
		length := int(binary.BigEndian.Uint32(raw[at+12:]))
		if offset+length > len(raw) {
			return nil, errOutlines
		}
		out[string(raw[at:at+4])] = raw[offset : offset+length]
	}
	for _, needed := range []string{"glyf", "loca", "head", "hhea", "hmtx", "maxp"} {
		if len(out[needed]) == 0 {
			return nil, errOutlines
		}
	}
	return out, nil
}

// Subset returns the glyphs of a font, and those that they are composed of. The glyph 0 is always the first.
func (f *Font) Subset(glyphs []uint16) (Subset, error) {
	p, err := f.load()
	if err != nil {
		return Subset{}, err
	}
	t, err := readTables(p.raw)
	if err != nil {
		return Subset{}, err
	}
	s := subsetter{tables: t, numbers: map[uint16]int{}}
	s.add(0)
	for _, g := range glyphs {
		s.add(g)
	}
	return s.build(), nil
}

type subsetter struct {
	tables
	order   []uint16
	numbers map[uint16]int
}

func (s *subsetter) add(g uint16) {
	if _, ok := s.numbers[g]; ok {
		return
	}
	s.numbers[g] = len(s.order)
	s.order = append(s.order, g)
	for _, part := range components(s.outline(g)) {
		s.add(binary.BigEndian.Uint16(part))
	}
}

// outline returns the outline of a glyph; an empty one for a space.
func (s *subsetter) outline(g uint16) []byte {
	loca, glyf := s.tables["loca"], s.tables["glyf"]
	offset := func(i int) int {
		if binary.BigEndian.Uint16(s.tables["head"][50:]) == 0 {
			return 2 * int(binary.BigEndian.Uint16(loca[2*i:]))
		}
		return int(binary.BigEndian.Uint32(loca[4*i:]))
	}
	return glyf[offset(int(g)):offset(int(g)+1)]
}

// components returns the places in a composite glyph's outline where the numbers of its parts stand.
func components(outline []byte) (places [][]byte) {
	if len(outline) < 10 || int16(binary.BigEndian.Uint16(outline)) >= 0 {
		return nil
	}
	const (
		words, scale, more, xyScale, matrix = 0x1, 0x8, 0x20, 0x40, 0x80
	)
	for at := 10; at+4 <= len(outline); {
		flags := binary.BigEndian.Uint16(outline[at:])
		places = append(places, outline[at+2:at+4])
		at += 6
		if flags&words != 0 {
			at += 2
		}
		switch {
		case flags&scale != 0:
			at += 2
		case flags&xyScale != 0:
			at += 4
		case flags&matrix != 0:
			at += 8
		}
		if flags&more == 0 {
			break
		}
	}
	return places
}

func (s *subsetter) build() Subset {
	units := int(binary.BigEndian.Uint16(s.tables["head"][18:]))
	scaled := func(table []byte, at int) int { return int(int16(binary.BigEndian.Uint16(table[at:]))) * 1000 / units }
	head, hhea := slices.Clone(s.tables["head"]), slices.Clone(s.tables["hhea"])
	out := Subset{
		Glyphs: s.numbers, Ascent: scaled(hhea, 4), Descent: scaled(hhea, 6),
		Box: [4]int{scaled(head, 36), scaled(head, 38), scaled(head, 40), scaled(head, 42)},
	}
	out.CapHeight = out.Ascent
	if os2 := s.tables["OS/2"]; len(os2) >= 90 {
		out.CapHeight = scaled(os2, 88)
	}
	var glyf, loca, hmtx bytes.Buffer
	for _, g := range s.order {
		write(&loca, uint32(glyf.Len()))
		outline := slices.Clone(s.outline(g))
		for _, part := range components(outline) {
			binary.BigEndian.PutUint16(part, uint16(s.numbers[binary.BigEndian.Uint16(part)]))
		}
		glyf.Write(outline)
		glyf.Write(make([]byte, -len(outline)&3))
		advance, bearing := s.metrics(int(g))
		write(&hmtx, advance, bearing)
		out.Widths = append(out.Widths, int(advance)*1000/units)
	}
	write(&loca, uint32(glyf.Len()))
	maxp := slices.Clone(s.tables["maxp"])
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(s.order)))
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(s.order)))
	binary.BigEndian.PutUint16(head[50:], 1)
	binary.BigEndian.PutUint32(head[8:], 0)
	built := tables{
		"glyf": glyf.Bytes(), "loca": loca.Bytes(), "hmtx": hmtx.Bytes(), "head": head, "hhea": hhea, "maxp": maxp,
	}
	for _, hinting := range []string{"cvt ", "fpgm", "prep"} {
		if t := s.tables[hinting]; len(t) > 0 {
			built[hinting] = t
		}
	}
	out.File = built.file()
	return out
}

func (s *subsetter) metrics(g int) (advance, bearing uint16) {
	hmtx, long := s.tables["hmtx"], int(binary.BigEndian.Uint16(s.tables["hhea"][34:]))
	if g < long {
		return binary.BigEndian.Uint16(hmtx[4*g:]), binary.BigEndian.Uint16(hmtx[4*g+2:])
	}
	advance = binary.BigEndian.Uint16(hmtx[4*(long-1):])
	if at := 4*long + 2*(g-long); at+2 <= len(hmtx) {
		bearing = binary.BigEndian.Uint16(hmtx[at:])
	}
	return advance, bearing
}

// file writes the tables as a font file.
func (t tables) file() []byte {
	tags := make([]string, 0, len(t))
	for tag := range t {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	var out, body bytes.Buffer
	search := 1
	selector := 0
	for search*2 <= len(tags) {
		search *= 2
		selector++
	}
	write(&out, uint32(0x00010000), uint16(len(tags)), uint16(search*16), uint16(selector), uint16((len(tags)-search)*16))
	start := 12 + 16*len(tags)
	headAt := 0
	for _, tag := range tags {
		if tag == "head" {
			headAt = start + body.Len()
		}
		out.WriteString(tag)
		write(&out, checksum(t[tag]), uint32(start+body.Len()), uint32(len(t[tag])))
		body.Write(t[tag])
		body.Write(make([]byte, -len(t[tag])&3))
	}
	out.Write(body.Bytes())
	raw := out.Bytes()
	binary.BigEndian.PutUint32(raw[headAt+8:], 0xB1B0AFBA-checksum(raw))
	return raw
}

func checksum(raw []byte) (sum uint32) {
	padded := append(slices.Clone(raw), make([]byte, -len(raw)&3)...)
	for i := 0; i < len(padded); i += 4 {
		sum += binary.BigEndian.Uint32(padded[i:])
	}
	return sum
}

// write appends numbers, most significant byte first.
func write(out *bytes.Buffer, numbers ...any) {
	for _, n := range numbers {
		switch n := n.(type) {
		case uint16:
			out.Write(binary.BigEndian.AppendUint16(nil, n))
		case uint32:
			out.Write(binary.BigEndian.AppendUint32(nil, n))
		}
	}
}
