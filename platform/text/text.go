// Package text computes canonical forms of e-mail addresses, usernames and other texts from people, for comparison and
// display.
package text

import (
	"errors"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

// The errors of this package.
var (
	ErrEmail        = errors.New("the text is not an e-mail address")
	ErrUsername     = errors.New("the text is not a username")
	ErrMixedScripts = errors.New("the letters are of more than one script")
	ErrInvisible    = errors.New("the text has invisible characters, or ones that change the direction of text")
)

// domains maps and validates domain names by the rules of registries.
var domains = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.StrictDomainName(true),
	idna.VerifyDNSLength(true), idna.ValidateLabels(true), idna.CheckHyphens(true), idna.CheckJoiners(true))

// maxLocal is the maximum length of a local part in bytes (RFC 5321, section 4.5.3.1.1).
const maxLocal = 64

// Email returns the canonical form of an e-mail address for comparison: NFC, in lower case, with the domain as an
// A-label (IDNA). The local part must be a dot-atom (RFC 5322) of any script (RFC 6532), and the domain must have a
// dot. It returns ErrEmail for any other text.
func Email(address string) (string, error) {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || parsed.Name != "" {
		return "", ErrEmail
	}
	at := strings.LastIndexByte(address, '@')
	local, domain := address[:at], address[at+1:]
	if len(local) > maxLocal || strings.ContainsAny(local, `" `) || invisible(local) {
		return "", ErrEmail
	}
	ascii, err := domains.ToASCII(domain)
	if err != nil || !strings.Contains(ascii, ".") {
		return "", ErrEmail
	}
	return norm.NFC.String(strings.ToLower(norm.NFC.String(local))) + "@" + ascii, nil
}

// Username returns the canonical form of a username for comparison and storage, by the PRECIS profile
// UsernameCaseMapped (RFC 8265). It returns ErrUsername for a text that the profile does not allow, and
// ErrMixedScripts for letters of scripts that no language combines.
func Username(name string) (string, error) {
	form, err := precis.UsernameCaseMapped.String(name)
	if err != nil || form == "" {
		return "", ErrUsername
	}
	if mixed(form) {
		return "", ErrMixedScripts
	}
	return form, nil
}

// combined are the scripts that Japanese, Chinese and Korean combine (Unicode UTS #39, section 5.1).
var combined = [][]string{{"Han", "Hiragana", "Katakana"}, {"Han", "Bopomofo"}, {"Han", "Hangul"}}

// mixed reports whether s has letters of scripts that no language combines.
func mixed(s string) bool {
	var found []string
	for _, r := range s {
		if script := scriptOf(r); script != "" && !slices.Contains(found, script) {
			found = append(found, script)
		}
	}
	if len(found) < 2 {
		return false
	}
	return !slices.ContainsFunc(combined, func(set []string) bool {
		return !slices.ContainsFunc(found, func(script string) bool { return !slices.Contains(set, script) })
	})
}

// scriptOf returns the script of a character, or an empty string for a character of several scripts.
func scriptOf(r rune) string {
	for name, table := range unicode.Scripts {
		if name != "Common" && name != "Inherited" && unicode.Is(table, r) {
			return name
		}
	}
	return ""
}

// DisplayName returns a name in NFC, without leading and trailing white space. It returns ErrInvisible for invalid
// UTF-8, control characters, line separators, characters that change the direction of text, and zero-width characters
// that are not between two letters or emoji.
func DisplayName(name string) (string, error) {
	name = strings.TrimSpace(norm.NFC.String(name))
	if invisible(name) {
		return "", ErrInvisible
	}
	return name, nil
}

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
	blackFlag          = '\U0001f3f4'
	blanks             = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0" // invisible characters of visible categories
)

// invisible reports whether s has invalid UTF-8 or invisible characters. Zero-width joiners are allowed between two
// letters or emoji, as in Persian or in 👩‍💻, and tags in the flag of a region, such as Scotland's.
func invisible(s string) bool {
	if !utf8.ValidString(s) {
		return true
	}
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case r == zeroWidthJoiner || r == zeroWidthNonJoiner:
			if i == 0 || i == len(runes)-1 || !joins(runes[i-1]) || !joins(runes[i+1]) {
				return true
			}
		case isTag(r):
			if i == 0 || (runes[i-1] != blackFlag && !isTag(runes[i-1])) {
				return true
			}
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp),
			strings.ContainsRune(blanks, r):
			return true
		}
	}
	return false
}

func isTag(r rune) bool { return 0xe0020 <= r && r <= 0xe007f }

// joins reports whether a zero-width joiner is allowed next to r.
func joins(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.So, unicode.Sk)
}

// Fold returns the form of a password for the look-up in a list of breached passwords: NFKC, in lower case, without
// white space.
func Fold(s string) string {
	folded := strings.ToLower(norm.NFKC.String(s))
	return strings.Join(strings.Fields(folded), "")
}

// Cut returns at most limit bytes of s, as valid UTF-8 without control characters. It replaces invalid bytes by
// U+FFFD and does not split a character.
func Cut(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	for limit < len(s) && limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:min(limit, len(s))]
}
