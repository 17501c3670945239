package ports

import (
	"strings"
	"unicode"
)

const maxWords = 10

// Words returns the words of a search text in lower case: each must begin some word of a title or a description.
func Words(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text),
		func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return words[:min(len(words), maxWords)]
}
