package domain

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"coinslot/modules/identity"
	"coinslot/platform/fault"
	"coinslot/platform/id"
)

const (
	maxEmail       = 254
	maxDisplayName = 100
)

var handlePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{2,29}$`)

// Account is a person's account.
type Account struct{ s AccountSnapshot }

// AccountSnapshot is an account's state, for adapters.
type AccountSnapshot struct {
	ID           id.ID
	Email        string
	Handle       string
	DisplayName  string
	Country      string // ISO 3166-1 alpha-2; empty: the store's
	Language     string // ISO 639-1; empty: the store's
	PasswordHash string
	Roles        []string
	Version      int64
	CreatedAt    time.Time
	ErasedAt     *time.Time
}

// Registration is what a person gives to register.
type Registration struct {
	Email       string
	Handle      string
	DisplayName string
	Country     string // empty: the store's
	Language    string // empty: the store's
	Password    string
}

// Check returns every violation at once, or nil.
func (r Registration) Check() error {
	f := ErrInvalid
	if !validEmail(r.Email) {
		f = f.At("body.email", "write an e-mail address such as ada@example.com", r.Email)
	}
	f = checkHandle(f, r.Handle)
	f = checkDisplayName(f, r.DisplayName)
	f = checkCountry(f, r.Country)
	f = checkLanguage(f, r.Language)
	f = checkPassword(f, "body.password", r.Password, r.Email, r.Handle)
	return orNil(f)
}

// NewAccount makes an account from a checked registration. The handle and the address are kept in lower case.
func NewAccount(accountID id.ID, r Registration, passwordHash string, now time.Time) Account {
	return Account{AccountSnapshot{
		ID: accountID, Email: Login(r.Email), Handle: Login(r.Handle), DisplayName: strings.TrimSpace(r.DisplayName),
		Country: r.Country, Language: r.Language, PasswordHash: passwordHash, Roles: []string{identity.RoleCustomer}, Version: 1, CreatedAt: now,
	}}
}

// RestoreAccount makes an account from its stored state.
func RestoreAccount(s AccountSnapshot) Account {
	s.Roles = slices.Clone(s.Roles)
	return Account{s}
}

// Snapshot returns the state to store.
func (a Account) Snapshot() AccountSnapshot {
	s := a.s
	s.Roles = slices.Clone(s.Roles)
	return s
}

// ID returns the account's ID.
func (a Account) ID() id.ID { return a.s.ID }

// PasswordHash returns the stored hash.
func (a Account) PasswordHash() string { return a.s.PasswordHash }

// View returns what others may know.
func (a Account) View() identity.Account {
	return identity.Account{
		ID: a.s.ID, Email: a.s.Email, Handle: a.s.Handle, DisplayName: a.s.DisplayName,
		Country: a.s.Country, Language: a.s.Language, Roles: slices.Clone(a.s.Roles), CreatedAt: a.s.CreatedAt, Version: a.s.Version,
	}
}

// Changes are the members to change; nil leaves one as it is.
type Changes struct {
	DisplayName *string
	Handle      *string
	Country     *string
	Language    *string
}

// Change changes what is given and leaves the rest, or returns every violation at once.
func (a *Account) Change(c Changes) error {
	f := ErrInvalid
	for _, m := range []struct {
		value  *string
		check  func(*fault.Error, string) *fault.Error
		target *string
		form   func(string) string
	}{
		{c.DisplayName, checkDisplayName, &a.s.DisplayName, strings.TrimSpace},
		{c.Handle, checkHandle, &a.s.Handle, Login},
		{c.Country, checkCountry, &a.s.Country, strings.Clone},
		{c.Language, checkLanguage, &a.s.Language, strings.Clone},
	} {
		if m.value == nil {
			continue
		}
		before := len(f.Fields)
		if f = m.check(f, *m.value); len(f.Fields) == before {
			*m.target = m.form(*m.value)
		}
	}
	return orNil(f)
}

// CheckNewPassword says whether a password may replace the current one.
func (a *Account) CheckNewPassword(password string) error {
	return orNil(checkPassword(ErrInvalid, "body.new_password", password, a.s.Email, a.s.Handle))
}

// ChangePassword replaces the password's hash.
func (a *Account) ChangePassword(hash string) { a.s.PasswordHash = hash }

// GrantRole adds a role.
func (a *Account) GrantRole(role string) error {
	if role != identity.RoleCustomer && role != identity.RoleStaff {
		return ErrRole
	}
	if !slices.Contains(a.s.Roles, role) {
		a.s.Roles = append(a.s.Roles, role)
	}
	return nil
}

// Erase removes everything that tells a person. The ID stays: invoices name it.
func (a *Account) Erase(now time.Time) {
	a.s.Email, a.s.Handle, a.s.DisplayName, a.s.PasswordHash = "", "", "", ""
	a.s.Country, a.s.Language = "", ""
	a.s.Roles = nil
	a.s.ErasedAt = &now
}

// Login returns the form in which addresses and handles are compared.
func Login(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func validEmail(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Address == s && len(s) <= maxEmail && strings.Contains(s[strings.LastIndex(s, "@"):], ".")
}

func checkHandle(f *fault.Error, handle string) *fault.Error {
	if handlePattern.MatchString(Login(handle)) {
		return f
	}
	return f.At("body.handle", "write 3 to 30 letters a to z, digits, - or _, beginning with a letter or a digit", handle)
}

func checkDisplayName(f *fault.Error, name string) *fault.Error {
	trimmed := strings.TrimSpace(name)
	if n := utf8.RuneCountInString(trimmed); n < 1 || n > maxDisplayName || strings.ContainsFunc(trimmed, unicode.IsControl) {
		return f.At("body.display_name", "write 1 to 100 characters on one line", name)
	}
	return f
}

func orNil(f *fault.Error) error {
	if len(f.Fields) == 0 {
		return nil
	}
	return f
}
