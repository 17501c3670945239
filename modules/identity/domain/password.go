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

// breachedList is the list of stolen passwords, folded and sorted. It is unpacked when it is first needed.
var breachedList = sync.OnceValue(func() []string {
	reader, err := gzip.NewReader(bytes.NewReader(breachedGzip))
	if err != nil {
		return nil // a test reads the embedded list
	}
	raw, err := io.ReadAll(reader)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(raw)), "\n")
})

// checkPassword asks for length and for nothing else: composition rules make passwords worse (NIST SP 800-63B).
func checkPassword(f *fault.Error, location, password, email, handle string) *fault.Error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < minPassword || n > maxPassword:
		return f.At(location, "choose 12 to 128 characters; a sentence is good", nil)
	case breached(password):
		return f.At(location, "this password is on the lists of stolen passwords; choose another one", nil)
	case text.Fold(password) == text.Fold(email) || text.Fold(password) == text.Fold(handle):
		return f.At(location, "choose something other than your address or your handle", nil)
	}
	return f
}

// BreachedPasswords returns how many stolen passwords are known.
func BreachedPasswords() int { return len(breachedList()) }

// breached reports whether a password is known to be stolen, or is one character again and again, however it is spelled.
func breached(password string) bool {
	folded := text.Fold(password)
	_, found := slices.BinarySearch(breachedList(), folded)
	first, _ := utf8.DecodeRuneInString(folded)
	return found || strings.Trim(folded, string(first)) == ""
}
