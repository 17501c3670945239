package mail

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v3"
)

// Content is the rendered part of a message.
type Content struct {
	Subject, Text, HTML string
}

// Catalog has the texts of mails in several languages, and a layout for all of them.
type Catalog struct{ languages map[string]map[string]entry }

// entry is one mail in one language. Its texts are templates.
type entry struct {
	Greeting   string   `yaml:"-"`
	Signature  string   `yaml:"-"`
	Fallback   string   `yaml:"-"`
	Subject    string   `yaml:"subject"`
	Paragraphs []string `yaml:"paragraphs"`
	Action     string   `yaml:"action"` // the label of the link; empty: the mail has none
	After      []string `yaml:"after"`  // paragraphs after the link
}

// file is <language>.yaml: the texts of one language.
type file struct {
	Greeting  string           `yaml:"greeting"`
	Signature string           `yaml:"signature"`
	Fallback  string           `yaml:"fallback"` // precedes the link's address, under the button
	Mails     map[string]entry `yaml:"mails"`
}

//go:embed layout.html
var layoutHTML string

var errTexts = errors.New("a mail needs a subject and paragraphs")

// NewCatalog reads the texts of each language from <language>.yaml. All languages must have the same mails.
func NewCatalog(files fs.FS, languages ...string) (*Catalog, error) {
	c := &Catalog{map[string]map[string]entry{}}
	for _, language := range languages {
		raw, err := fs.ReadFile(files, language+".yaml")
		if err != nil {
			return nil, fmt.Errorf("read the mails in %s: %w", language, err)
		}
		var f file
		decoder := yaml.NewDecoder(bytes.NewReader(raw))
		decoder.KnownFields(true)
		if err := decoder.Decode(&f); err != nil {
			return nil, fmt.Errorf("read the mails in %s: %w", language, err)
		}
		for name, e := range f.Mails {
			if e.Subject == "" || len(e.Paragraphs) == 0 {
				return nil, fmt.Errorf("the mail %s in %s: %w", name, language, errTexts)
			}
			e.Greeting, e.Signature, e.Fallback = f.Greeting, f.Signature, f.Fallback
			f.Mails[name] = e
		}
		c.languages[language] = f.Mails
	}
	return c, nil
}

// Rendering has the values of a mail: those that its texts name, and the link of its action.
type Rendering struct {
	Name     string // of the mail
	Language string
	Link     string
	Values   map[string]string
}

// Render renders a mail. The values are data: HTML in them is escaped, and line breaks in a subject become spaces. It
// returns an error for an unknown mail or language, and for a text that names a missing value.
func (c *Catalog) Render(r Rendering) (Content, error) {
	e, ok := c.languages[r.Language][r.Name]
	if !ok {
		return Content{}, fmt.Errorf("there is no mail %q in %q", r.Name, r.Language)
	}
	body := layout{Language: r.Language}
	if e.Action != "" {
		body.Link = r.Link
	}
	for _, t := range []struct {
		text string
		into *string
	}{
		{e.Subject, &body.Subject},
		{e.Greeting, &body.Greeting},
		{e.Signature, &body.Signature},
		{e.Action, &body.Action},
		{e.Fallback, &body.Fallback},
	} {
		if err := fill(t.into, t.text, r.Values); err != nil {
			return Content{}, fmt.Errorf("render the mail %s: %w", r.Name, err)
		}
	}
	body.Subject = strings.Join(strings.Fields(body.Subject), " ")
	var err1, err2 error
	body.Paragraphs, err1 = fillAll(e.Paragraphs, r.Values)
	body.After, err2 = fillAll(e.After, r.Values)
	if err := errors.Join(err1, err2); err != nil {
		return Content{}, fmt.Errorf("render the mail %s: %w", r.Name, err)
	}
	html, err := body.html()
	return Content{Subject: body.Subject, Text: body.text(), HTML: html}, err
}

func fill(into *string, text string, values map[string]string) error {
	t, err := template.New("").Option("missingkey=error").Parse(text)
	if err != nil {
		return err
	}
	var out strings.Builder
	if err := t.Execute(&out, values); err != nil {
		return err
	}
	*into = strings.TrimSpace(out.String())
	return nil
}

// fillAll renders paragraphs and leaves out empty ones.
func fillAll(texts []string, values map[string]string) (out []string, err error) {
	for _, text := range texts {
		var paragraph string
		if err := fill(&paragraph, text, values); err != nil {
			return nil, err
		}
		if paragraph != "" {
			out = append(out, paragraph)
		}
	}
	return out, nil
}

// layout is the common structure of mails.
type layout struct {
	Language, Subject, Greeting, Signature string
	Action, Fallback, Link                 string
	Paragraphs, After                      []string
}

func (l layout) text() string {
	parts := append([]string{l.Greeting}, l.Paragraphs...)
	if l.Link != "" {
		parts = append(parts, l.Action+":\n"+l.Link)
	}
	parts = append(append(parts, l.After...), l.Signature)
	return strings.Join(parts, "\n\n") + "\n"
}

func (l layout) html() (string, error) {
	t, err := htmltemplate.New("layout").Parse(layoutHTML)
	if err != nil {
		return "", fmt.Errorf("read the layout of mails: %w", err)
	}
	var out strings.Builder
	if err := t.Execute(&out, l); err != nil {
		return "", fmt.Errorf("render the layout of mails: %w", err)
	}
	return out.String(), nil
}
