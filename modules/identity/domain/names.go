package domain

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"coinslot/platform/fault"
	"coinslot/platform/text"
)

const (
	maxEmail       = 254
	minHandle      = 3
	maxHandle      = 30
	maxDisplayName = 100
)

// reserved are handles that suggest an official account.
const reserved = "admin administrator abuse billing coinslot contact help helpdesk hostmaster info legal moderator " +
	"moderators mod noreply official operator payment payments postmaster press privacy refund refunds root sales " +
	"security service staff store superuser support sysadmin system team webmaster"

// Names are the store's own names, which are reserved as handles.
type Names []string

// checkHandle adds a violation to f when a handle is not allowed.
func (store Names) checkHandle(f *fault.Error, handle string) *fault.Error {
	form := handleForm(handle)
	switch n := utf8.RuneCountInString(form); {
	case n < minHandle || n > maxHandle || strings.Trim(form[:1], "_-") == "" ||
		strings.ContainsFunc(form, notInHandles):
		return f.At("handle", "write 3 to 30 letters of one script, digits, - or _, beginning with a letter or a digit",
			handle)
	case store.isReserved(form):
		return f.At("handle", "this handle is reserved; choose another one", handle)
	}
	return f
}

func notInHandles(r rune) bool {
	return r != '-' && r != '_' && !unicode.In(r, unicode.L, unicode.M, unicode.Nd)
}

// isReserved reports whether a handle is reserved, without regard to - and _.
func (store Names) isReserved(form string) bool {
	bare := joined(form)
	return slices.Contains(strings.Fields(reserved), bare) ||
		slices.ContainsFunc(store, func(name string) bool { return joined(name) == bare })
}

// joined returns the folded letters and digits of a name.
func joined(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text.Fold(name))
}

// handleForm returns the canonical form of a handle, or an empty string for an invalid one.
func handleForm(handle string) string {
	form, err := text.Username(strings.TrimSpace(handle))
	if err != nil {
		return ""
	}
	return form
}

// EmailForm returns the canonical form of an address. An invalid address, which earlier releases accepted, is its own
// form.
func EmailForm(address string) string {
	form, err := text.Email(strings.TrimSpace(address))
	if err != nil {
		return Spelled(address)
	}
	return form
}

// Spelled returns an address or handle as it was written, in lower case and without surrounding white space.
func Spelled(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// Login is an address or a handle at a sign-in. Addresses contain an @ and handles do not.
type Login struct {
	Spelled string // the account with this spelling is preferred
	Form    string // to that with this canonical form
}

// NewLogin parses a login.
func NewLogin(s string) Login {
	if strings.Contains(s, "@") {
		return Login{Spelled: Spelled(s), Form: EmailForm(s)}
	}
	return Login{Spelled: Spelled(s), Form: handleForm(s)}
}

func checkEmail(f *fault.Error, address string) *fault.Error {
	if _, err := text.Email(address); err == nil && len(address) <= maxEmail {
		return f
	}
	return f.At("email", "write an e-mail address such as ada@example.com", address)
}

// displayName returns the canonical form of a display name, or an empty string for an invalid one.
func displayName(name string) string {
	form, err := text.DisplayName(name)
	if err != nil {
		return ""
	}
	return form
}

func checkDisplayName(f *fault.Error, name string) *fault.Error {
	if n := utf8.RuneCountInString(displayName(name)); n < 1 || n > maxDisplayName {
		return f.At("display_name", "write 1 to 100 characters on one line, none of them invisible", name)
	}
	return f
}
