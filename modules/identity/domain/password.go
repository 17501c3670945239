package domain

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
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

// breachedList returns the folded and sorted breached passwords. The first call decompresses the list.
var breachedList = sync.OnceValue(func() []string {
	reader, err := gzip.NewReader(bytes.NewReader(breachedGzip))
	if err != nil {
		return nil // a test checks that the embedded list is complete
	}
	raw, err := io.ReadAll(reader)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(raw)), "\n")
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
func BreachedPasswords() int { return len(breachedList()) }

// breached reports whether the folded password is on the list or repeats one character.
func breached(password string) bool {
	folded := text.Fold(password)
	_, found := slices.BinarySearch(breachedList(), folded)
	first, _ := utf8.DecodeRuneInString(folded)
	return found || strings.Trim(folded, string(first)) == ""
}
