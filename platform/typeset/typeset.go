package typeset

import (
	"cmp"
	"slices"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// em is the size in which text is shaped; glyphs are then scaled to the size of the style.
const em = 1000

// Style is how a text looks. Size is in points. Bold applies to Latin, Greek and Cyrillic letters.
type Style struct {
	Size float64
	Bold bool
}

// Glyph is a positioned glyph. X and Y are in points, from the start of the line and up from its baseline.
type Glyph struct {
	ID   uint16
	X, Y float64
}

// Cluster is a part of a text that is drawn as one: a letter with its marks, or a ligature.
type Cluster struct {
	Font   *Font
	Text   string
	Glyphs []Glyph
}

// Line is a line of text: its clusters from left to right, and its width in points.
type Line struct {
	Style    Style
	Clusters []Cluster
	Width    float64
}

// Typesetter sets the texts of one document. It is not safe for concurrent use.
type Typesetter struct {
	library  *Library
	language language.Language
	faces    map[*Font]*font.Face
	fonts    map[*font.Font]*Font
	shaper   shaping.HarfbuzzShaper
	segments shaping.Segmenter
	wrapper  shaping.LineWrapper
}

// NewTypesetter returns a typesetter for texts that are mostly in a language, an ISO 639-1 code.
func (l *Library) NewTypesetter(code string) *Typesetter {
	return &Typesetter{
		library: l, language: language.NewLanguage(code), faces: map[*Font]*font.Face{}, fonts: map[*font.Font]*Font{},
	}
}

// Wrap breaks a text into lines that are not wider than a width in points. A word that is wider is broken between
// characters. An empty text is one empty line.
func (t *Typesetter) Wrap(text string, style Style, width float64) []Line {
	fonts := t.library.regular
	if style.Bold {
		fonts = t.library.bold
	}
	runes := t.prepare(text, fonts)
	if len(runes) == 0 {
		return []Line{{Style: style}}
	}
	direction := di.DirectionLTR
	if rightToLeft(runes) {
		direction = di.DirectionRTL
	}
	input := shaping.Input{
		Text: runes, RunEnd: len(runes), Direction: direction, Size: fixed.I(em), Language: t.language,
	}
	var runs []shaping.Output
	for _, part := range t.segments.Split(input, fallback{t, fonts}) {
		runs = append(runs, t.shaper.ShapeNoExtents(part))
	}
	config := shaping.WrapConfig{Direction: direction, BreakPolicy: shaping.WhenNecessary}
	limit := fixed.Int26_6(min(width*em/style.Size, 1<<24) * 64)
	wrapped, _ := t.wrapper.WrapParagraphF(config, limit, runes, shaping.NewSliceIterator(runs))
	lines := make([]Line, len(wrapped))
	for i, line := range wrapped {
		lines[i] = t.line(line, runes, style)
	}
	return lines
}

// Set returns a text on one line, however wide.
func (t *Typesetter) Set(text string, style Style) Line { return t.Wrap(text, style, 1e9)[0] }

func (t *Typesetter) line(runs shaping.Line, runes []rune, style Style) Line {
	out := Line{Style: style}
	runs = slices.Clone(runs)
	slices.SortFunc(runs, func(a, b shaping.Output) int { return cmp.Compare(a.VisualIndex, b.VisualIndex) })
	for _, run := range runs {
		t.append(&out, run, runes)
	}
	return out
}

// append adds a run to a line. Spaces that the wrapper trimmed at its end have no width.
func (t *Typesetter) append(line *Line, run shaping.Output, runes []rune) {
	points := func(v fixed.Int26_6) float64 { return float64(v) / 64 / em * line.Style.Size }
	at, last := line.Width, -1
	for _, g := range run.Glyphs {
		start := g.TextIndex()
		if start != last {
			end := min(start+g.RunesCount(), len(runes))
			line.Clusters = append(line.Clusters, Cluster{Font: t.fonts[run.Face.Font], Text: string(runes[start:end])})
			last = start
		}
		c := &line.Clusters[len(line.Clusters)-1]
		c.Glyphs = append(c.Glyphs, Glyph{uint16(g.GlyphID), at + points(g.XOffset), points(g.YOffset)})
		at += points(g.Advance)
	}
	line.Width += points(run.Advance)
}

func (t *Typesetter) face(f *Font) *font.Face {
	if face, ok := t.faces[f]; ok {
		return face
	}
	p, err := f.load()
	if err != nil {
		return nil
	}
	face := font.NewFace(p.font)
	t.faces[f], t.fonts[p.font] = face, f
	return face
}

// fallback picks the font of each character.
type fallback struct {
	*Typesetter
	fonts []*Font
}

// ResolveFace returns the face for a character; prepare left none that no font has, except invisible ones.
func (f fallback) ResolveFace(r rune) *font.Face {
	found := f.library.find(f.fonts, r)
	if found == nil {
		found = f.fonts[0]
	}
	return f.face(found)
}
