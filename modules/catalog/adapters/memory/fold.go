package memory

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
)

// folded is a search text without the case of ASCII letters. Other letters stay as they are: only PostgreSQL folds
// them.
type folded struct {
	key    string // without blanks and punctuation
	chunks []chunk
}

// chunk is what stands between blanks: its words between punctuation, and all of it without punctuation.
type chunk struct {
	parts  []string
	joined string
}

func newFolded(text string) (out folded) {
	for _, field := range strings.Fields(lower(text)) {
		parts := strings.FieldsFunc(field, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if len(parts) > 0 {
			out.chunks = append(out.chunks, chunk{parts, strings.Join(parts, "")})
		}
	}
	for _, c := range out.chunks {
		out.key += c.joined
	}
	return out
}

func (f folded) words() (out []string) {
	for _, c := range f.chunks {
		out = append(append(out, c.parts...), c.joined)
	}
	return out
}

// rank says how a sellable matches the text; without a text all do.
func (f folded) rank(p domain.Snapshot) (m ports.Match, ok bool) {
	title := newFolded(p.Title)
	m.Key = title.key
	words := title.words()
	switch {
	case strings.HasPrefix(title.key, f.key):
		m.Rank = ports.RankTitle
	case f.in(words):
		m.Rank = ports.RankTitleWords
	case f.in(append(words, newFolded(p.Description).words()...)):
		m.Rank = ports.RankWords
	default:
		return m, false
	}
	return m, true
}

// in reports whether each chunk begins some word, whole or in its parts. Parts of one letter each are initials, which
// would begin too many.
func (f folded) in(words []string) bool {
	begins := func(prefix string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, prefix) })
	}
	absent := func(part string) bool { return !begins(part) }
	initial := func(part string) bool { return utf8.RuneCountInString(part) == 1 }
	return !slices.ContainsFunc(f.chunks, func(c chunk) bool {
		initials := !slices.ContainsFunc(c.parts, func(part string) bool { return !initial(part) })
		return !begins(c.joined) && (initials || slices.ContainsFunc(c.parts, absent))
	})
}
