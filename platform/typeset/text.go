package typeset

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

const (
	replacement  = '\ufffd'
	dottedCircle = '\u25cc'
	joiner       = '\u034f' // it is invisible; normalisation puts it between many marks
	maxMarks     = 4        // on one character: more would grow into the lines above and below
)

// prepare composes a text (NFC), replaces control characters by spaces and characters that no font has by U+FFFD, keeps
// a few of the marks that are stacked on one character, and gives a mark without a character a dotted circle.
func (t *Typesetter) prepare(text string, fonts []*Font) []rune {
	var out []rune
	marks, based := 0, false
	for _, r := range norm.NFC.String(strings.ToValidUTF8(text, string(replacement))) {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			r = ' '
		}
		if ignorable(r) {
			if r != joiner {
				out = append(out, r)
			}
			continue
		}
		mark := unicode.In(r, unicode.Mn, unicode.Me)
		switch {
		case mark && marks == maxMarks:
			continue
		case mark && !based:
			out = append(out, dottedCircle)
			based = true
		}
		if marks++; !mark {
			marks, based = 0, !unicode.IsSpace(r)
		}
		if t.library.find(fonts, r) == nil {
			r = replacement
		}
		out = append(out, r)
	}
	return out
}

// ignorable reports whether a character is invisible when no font has it: joiners, variation selectors, the marks of
// direction, tags.
func ignorable(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector) || r == joiner
}

// rightToLeft reports whether the first letter with a direction is written from right to left.
func rightToLeft(text []rune) bool {
	for _, r := range text {
		p, _ := bidi.LookupRune(r)
		if class := p.Class(); class == bidi.L || class == bidi.R || class == bidi.AL {
			return class != bidi.L
		}
	}
	return false
}
