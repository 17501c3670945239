package domain

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"

	"coinslot/platform/fault"
	"coinslot/platform/text"
)

const (
	minPassword = 12
	maxPassword = 128
)

// breachedGzip is described in breached.md.
//
//go:embed breached.txt.gz
var breachedGzip []byte

// breachedList returns the folded breached passwords, each between two line feeds. It is one string, because 44,000
// strings would need more memory for their headers than for their text. A search takes less than a millisecond, much
// less than the hash of a password. The first call decompresses the list.
var breachedList = sync.OnceValue(func() string {
	list := bytes.NewBufferString("\n")
	reader, err := gzip.NewReader(bytes.NewReader(breachedGzip))
	if err != nil {
		return "" // a test checks that the embedded list is complete
	}
	if _, err := list.ReadFrom(reader); err != nil {
		return ""
	}
	return list.String()
})

// checkPassword has no composition rules, because they weaken passwords (NIST SP 800-63B).
func checkPassword(f *fault.Error, location, password, email, handle string) *fault.Error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < minPassword || n > maxPassword:
		return f.At(location, "choose 12 to 128 characters; a sentence is good", nil)
	case breached(password):
		return f.At(location, "this password is on lists of breached passwords; choose another one", nil)
	case text.Fold(password) == text.Fold(email) || text.Fold(password) == text.Fold(handle):
		return f.At(location, "choose something other than your address or your handle", nil)
	}
	return f
}

// BreachedPasswords returns the number of breached passwords on the list.
func BreachedPasswords() int { return max(strings.Count(breachedList(), "\n")-1, 0) }

// breached reports whether the folded password is on the list or repeats one character.
func breached(password string) bool {
	folded := text.Fold(password)
	first, _ := utf8.DecodeRuneInString(folded)
	return strings.Contains(breachedList(), "\n"+folded+"\n") || strings.Trim(folded, string(first)) == ""
}
