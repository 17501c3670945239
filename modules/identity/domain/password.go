package domain

import (
	_ "embed"
	"strings"
	"unicode/utf8"

	"coinslot/platform/fault"
)

const (
	minPassword = 12
	maxPassword = 128
)

//go:embed breached.txt
var breachedList string

// checkPassword asks for length and for nothing else: composition rules make passwords worse (NIST SP 800-63B).
func checkPassword(f *fault.Error, location, password, email, handle string) *fault.Error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < minPassword || n > maxPassword:
		return f.At(location, "choose 12 to 128 characters; a sentence is good", nil)
	case breached(password):
		return f.At(location, "this password is on the lists of stolen passwords; choose another one", nil)
	case strings.EqualFold(password, email) || strings.EqualFold(password, handle):
		return f.At(location, "choose something other than your address or your handle", nil)
	}
	return f
}

// breached compares in lower case, line by line; the list is short enough to walk.
func breached(password string) bool {
	password = strings.ToLower(password)
	for line := range strings.Lines(breachedList) {
		if strings.TrimSpace(line) == password {
			return true
		}
	}
	return strings.Count(password, password[:1]) == len(password)
}
