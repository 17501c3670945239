// Package text has the canonical forms in which names that people choose are compared, on golang.org/x/text and
// golang.org/x/net/idna.
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

// The reasons why a name is refused.
var (
	ErrEmail        = errors.New("this is no e-mail address")
	ErrUsername     = errors.New("this is no username")
	ErrMixedScripts = errors.New("the letters are of more than one script")
	ErrInvisible    = errors.New("the text holds characters that cannot be seen, or that change the direction of what follows")
)

// domains maps and checks domain names as those who register them do, and takes names with a dot only.
var domains = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.StrictDomainName(true),
	idna.VerifyDNSLength(true),
	idna.ValidateLabels(true), idna.CheckHyphens(true), idna.CheckJoiners(true))

// maxLocal is how many bytes the part before the @ may have (RFC 5321, section 4.5.3.1.1).
const maxLocal = 64

// Email returns the form in which an e-mail address is compared: NFC, in lower case, the domain as IDNA has it in DNS.
// The local part is an RFC 5322 dot-atom, of any script (RFC 6532). It returns ErrEmail for anything else.
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

// Username returns the form in which a username is compared and kept: PRECIS UsernameCaseMapped (RFC 8265). It returns
// ErrUsername for what the profile refuses and ErrMixedScripts for letters of several scripts.
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

// together are scripts that one language writes side by side (Unicode UTS #39, section 5.1).
var together = [][]string{{"Han", "Hiragana", "Katakana"}, {"Han", "Bopomofo"}, {"Han", "Hangul"}}

// mixed reports whether the letters of s are of scripts that no one language writes together.
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
	return !slices.ContainsFunc(together, func(set []string) bool {
		return !slices.ContainsFunc(found, func(script string) bool { return !slices.Contains(set, script) })
	})
}

// scriptOf returns a character's script, or nothing for those that many scripts share.
func scriptOf(r rune) string {
	for name, table := range unicode.Scripts {
		if name != "Common" && name != "Inherited" && unicode.Is(table, r) {
			return name
		}
	}
	return ""
}

// DisplayName returns a name as it is shown: NFC, without blanks around it. It returns ErrInvisible for controls, line
// separators, marks that change the direction of text, and zero-width characters that join nothing.
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
	blanks             = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0" // invisible, though of other categories
)

// invisible reports whether s holds what cannot be seen. Zero-width joiners are allowed between two letters or emoji, as in
// Persian or in 👩‍💻, and tags in the flag of a region, such as Scotland's.
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
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp), strings.ContainsRune(blanks, r):
			return true
		}
	}
	return false
}

func isTag(r rune) bool { return 0xe0020 <= r && r <= 0xe007f }

// joins reports whether a zero-width joiner may stand beside r.
func joins(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.So, unicode.Sk)
}

// Fold returns the form in which secrets are looked up in lists: NFKC, in lower case, without blanks.
func Fold(s string) string {
	folded := strings.ToLower(norm.NFKC.String(s))
	return strings.Join(strings.Fields(folded), "")
}

// Cut returns s as valid UTF-8 without controls, and no more than limit bytes of it; no character is cut in two.
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
