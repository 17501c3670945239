package domain

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"coinslot/modules/catalog"
	"coinslot/platform/fault"
	"coinslot/platform/id"
)

// MaxSlug is how many characters a slug has at most.
const MaxSlug = 200

const (
	maxTitle       = 200
	maxDescription = 5000
	maxCategory    = 50
	maxContents    = 50
)

var slugPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Sellable is a product or a bundle.
type Sellable struct{ s Snapshot }

// Snapshot is a sellable's state, for adapters.
type Snapshot struct {
	ID          id.ID
	Slug        string
	Title       string
	Description string
	Kind        catalog.Kind
	Category    string
	Requires    id.ID
	Contents    []id.ID
	Version     int64
	CreatedAt   time.Time
	ArchivedAt  *time.Time
	// SoldWithoutArchived lets a bundle be sold without those of its products that are archived.
	SoldWithoutArchived bool
}

// Draft is a sellable as staff submits it.
type Draft struct {
	Slug        string // empty: the ID
	Title       string
	Description string
	Kind        catalog.Kind
	Category    string
	Requires    id.ID
	Contents    []id.ID

	SoldWithoutArchived bool // of a bundle
}

// Changes are the members to change; nil leaves one as it is.
type Changes struct {
	Slug        *string
	Title       *string
	Description *string
	Category    *string
	Contents    []id.ID

	SoldWithoutArchived *bool
}

// NewSellable makes a sellable, or returns every violation at once.
func NewSellable(sellableID id.ID, d Draft, now time.Time) (Sellable, error) {
	if d.Slug == "" {
		d.Slug = sellableID.String()
	}
	s := Snapshot{
		ID: sellableID, Slug: d.Slug, Title: strings.TrimSpace(d.Title), Description: strings.TrimSpace(d.Description),
		Kind: d.Kind, Category: strings.ToLower(strings.TrimSpace(d.Category)), Requires: d.Requires,
		Contents: slices.Clone(d.Contents), Version: 1, CreatedAt: now, SoldWithoutArchived: d.SoldWithoutArchived,
	}
	return Sellable{s}, s.check()
}

// Restore makes a sellable from its stored state.
func Restore(s Snapshot) Sellable {
	s.Contents = slices.Clone(s.Contents)
	return Sellable{s}
}

// Snapshot returns the state to store.
func (p Sellable) Snapshot() Snapshot {
	s := p.s
	s.Contents = slices.Clone(s.Contents)
	return s
}

// IsBundle reports whether it is a bundle.
func (p Sellable) IsBundle() bool { return p.s.Kind == catalog.Bundle }

// Change applies changes, or returns every violation at once and changes nothing.
func (p *Sellable) Change(c Changes) error {
	if p.s.ArchivedAt != nil {
		return ErrArchived
	}
	next := p.Snapshot()
	for target, value := range map[*string]*string{
		&next.Slug: c.Slug, &next.Title: c.Title,
		&next.Description: c.Description,
	} {
		if value != nil {
			*target = strings.TrimSpace(*value)
		}
	}
	if c.Category != nil {
		next.Category = strings.ToLower(strings.TrimSpace(*c.Category))
	}
	if c.Contents != nil {
		next.Contents = slices.Clone(c.Contents)
	}
	if c.SoldWithoutArchived != nil {
		next.SoldWithoutArchived = *c.SoldWithoutArchived
	}
	if err := next.check(); err != nil {
		return err
	}
	p.s = next
	return nil
}

// Archive takes the sellable off sale. Those who own it keep it.
func (p *Sellable) Archive(now time.Time) {
	if p.s.ArchivedAt == nil {
		p.s.ArchivedAt = &now
	}
}

// Unarchive sells the sellable again, at the prices that are in force by then.
func (p *Sellable) Unarchive() { p.s.ArchivedAt = nil }

func (s Snapshot) check() error {
	f := ErrInvalid
	f = checkTitle(f, s.Title)
	f = checkText(f, "category", s.Category, 1, maxCategory)
	f = checkText(f, "description", s.Description, 0, maxDescription)
	if !slugPattern.MatchString(s.Slug) || len(s.Slug) > MaxSlug || (isID(s.Slug) && s.Slug != s.ID.String()) {
		f = f.At("slug", "write words of a to z and digits with hyphens between them", s.Slug)
	}
	f = s.checkKind(f)
	if len(f.Fields) > 0 {
		return f
	}
	return nil
}

func (s Snapshot) checkKind(f *fault.Error) *fault.Error {
	switch s.Kind {
	case catalog.DLC:
		if s.Requires == id.Nil {
			f = f.At("requires_product_id", "a dlc needs the game that it extends", nil)
		}
	case catalog.Bundle:
		if n := len(s.Contents); n < 2 || n > maxContents {
			f = f.At("product_ids", fmt.Sprintf("a bundle holds 2 to %d products", maxContents), n)
		}
		if sorted := slices.SortedFunc(slices.Values(s.Contents),
			compareIDs); len(slices.Compact(sorted)) != len(s.Contents) {
			f = f.At("product_ids", "a bundle holds each product once", nil)
		}
	case catalog.Game, catalog.Soundtrack, catalog.Consumable:
	default:
		f = f.At("kind", "the kinds are game, dlc, soundtrack and consumable", s.Kind)
	}
	if s.Kind != catalog.Bundle && len(s.Contents) > 0 {
		f = f.At("product_ids", "only a bundle holds products", len(s.Contents))
	}
	if s.Kind != catalog.Bundle && s.SoldWithoutArchived {
		f = f.At("sold_without_archived", "only a bundle can be sold without some of its products", true)
	}
	if s.Kind != catalog.DLC && s.Requires != id.Nil {
		f = f.At("requires_product_id", "only a dlc requires a product", s.Requires)
	}
	return f
}

func compareIDs(a, b id.ID) int { return slices.Compare(a[:], b[:]) }

func isID(slug string) bool {
	_, err := id.Parse(slug)
	return err == nil
}

// checkTitle rejects a title of nothing but combining marks, blanks and invisible characters, too.
func checkTitle(f *fault.Error, title string) *fault.Error {
	visible := func(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) }
	if title != "" && !strings.ContainsFunc(title, visible) {
		return f.At("title", "write at least one letter, digit or symbol: combining marks alone are no title", title)
	}
	return checkText(f, "title", title, 1, maxTitle)
}

func checkText(f *fault.Error, name, text string, least, most int) *fault.Error {
	control := strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' })
	if n := utf8.RuneCountInString(text); n < least || n > most || control {
		return f.At(name, fmt.Sprintf("write %d to %d characters without control characters", least, most), nil)
	}
	return f
}
