package samples

import (
	"fmt"
	"slices"
	"strings"

	"coinslot/platform/money"

	"go.yaml.in/yaml/v3"
)

// catalogFile is a catalog in YAML, such as configs/catalog.yaml. Prices are in minor units of its currency, oldest
// first; the last one is in force.
type catalogFile struct {
	currency money.Currency
	entries  []catalogEntry
}

// catalogEntry is a product or a bundle with its position in the file.
type catalogEntry struct {
	bundle   bool
	slug     string
	title    string
	kind     string
	category string
	requires string   // slug of a DLC's game
	holds    []string // slugs of a bundle's products
	prices   []int64
	text     string

	at    string // path, such as products[3]
	line  int
	lines map[string]int // line of each field
}

var (
	productFields = []string{"slug", "title", "kind", "category", "requires", "prices", "text"}
	bundleFields  = []string{"slug", "title", "holds", "prices", "text"}
)

// lineOf returns the line of a field, or of the entry if the field is missing.
func (e catalogEntry) lineOf(field string) int {
	if line, ok := e.lines[field]; ok {
		return line
	}
	return e.line
}

// Mistakes is the error of an invalid catalog file. It lists every mistake with its line and field.
type Mistakes struct {
	file  string
	lines []string
}

func (m *Mistakes) add(line int, field, format string, args ...any) {
	m.lines = append(m.lines, fmt.Sprintf("%s:%d: %s: %s", m.file, line, field, fmt.Sprintf(format, args...)))
}

// Error returns one line per mistake: "FILE:LINE: FIELD: MESSAGE".
func (m *Mistakes) Error() string { return strings.Join(m.lines, "\n") }

// err returns m, or nil if there are no mistakes.
func (m *Mistakes) err() error {
	if len(m.lines) == 0 {
		return nil
	}
	return m
}

// readCatalog parses a file and adds its mistakes to m.
func readCatalog(raw []byte, m *Mistakes) catalogFile {
	var file catalogFile
	var document yaml.Node
	if err := yaml.Unmarshal(raw, &document); err != nil {
		m.lines = append(m.lines, fmt.Sprintf("%s: invalid YAML: %s", m.file,
			strings.TrimPrefix(err.Error(), "yaml: ")))
		return file
	}
	if len(document.Content) == 0 {
		m.add(1, "products", "the file is empty; configs/catalog.yaml shows the format")
		return file
	}
	root := m.fields(document.Content[0], "the file", []string{"currency", "products", "bundles"})
	file.currency = m.currency(root["currency"])
	for _, list := range []struct {
		name  string
		known []string
	}{{"products", productFields}, {"bundles", bundleFields}} {
		for i, node := range m.list(root[list.name], list.name) {
			e := m.entry(node, fmt.Sprintf("%s[%d]", list.name, i), list.known)
			e.bundle = list.name == "bundles"
			file.entries = append(file.entries, e)
		}
	}
	if len(file.entries) == 0 && len(m.lines) == 0 {
		m.add(document.Content[0].Line, "products", "the file has no products and no bundles")
	}
	return file
}

func (m *Mistakes) currency(node *yaml.Node) money.Currency {
	if node == nil {
		m.add(1, "currency", "required; write the ISO 4217 code of the prices, such as USD")
		return ""
	}
	code, err := money.ParseCurrency(node.Value)
	if err != nil {
		m.add(node.Line, "currency", "%q is not a currency in force; write an ISO 4217 code such as USD", node.Value)
	}
	return code
}

func (m *Mistakes) list(node *yaml.Node, name string) []*yaml.Node {
	if node == nil || node.Tag == "!!null" {
		return nil
	}
	if node.Kind != yaml.SequenceNode {
		m.add(node.Line, name, "write a list")
		return nil
	}
	return node.Content
}

// fields returns the values of a mapping by field name. A name that is not in known is a mistake.
func (m *Mistakes) fields(node *yaml.Node, at string, known []string) map[string]*yaml.Node {
	if node.Kind != yaml.MappingNode {
		m.add(node.Line, at, "write fields: %s", strings.Join(known, ", "))
		return nil
	}
	out := map[string]*yaml.Node{}
	for pair := range slices.Chunk(node.Content, 2) {
		name := pair[0].Value
		switch {
		case !slices.Contains(known, name):
			m.add(pair[0].Line, at+"."+name, "unknown field; the fields are %s", strings.Join(known, ", "))
		case out[name] != nil:
			m.add(pair[0].Line, at+"."+name, "the field is given twice")
		default:
			out[name] = pair[1]
		}
	}
	return out
}

func (m *Mistakes) entry(node *yaml.Node, at string, known []string) catalogEntry {
	e := catalogEntry{at: at, line: node.Line, lines: map[string]int{}}
	targets := map[string]any{
		"slug": &e.slug, "title": &e.title, "kind": &e.kind, "category": &e.category, "requires": &e.requires,
		"holds": &e.holds, "prices": &e.prices, "text": &e.text,
	}
	values := m.fields(node, at, known)
	for _, name := range known {
		value, ok := values[name]
		if !ok {
			continue
		}
		e.lines[name] = value.Line
		if value.Decode(targets[name]) == nil && (name != "prices" || wholeNumbers(value)) {
			continue
		}
		switch name {
		case "prices":
			m.add(value.Line, at+".prices", "write a list of whole numbers of minor units, such as [1999] for 19.99 USD")
		case "holds":
			m.add(value.Line, at+".holds", "write a list of slugs")
		default:
			m.add(value.Line, at+"."+name, "write a string")
		}
	}
	if values != nil && len(e.prices) == 0 && values["prices"] == nil {
		m.add(e.line, at+".prices", "required; write a list of minor units, such as [1999] for 19.99 USD")
	}
	return e
}

// wholeNumbers reports whether every item of a list is an integer. Decoding into []int64 would truncate 19.99 to 19.
func wholeNumbers(list *yaml.Node) bool {
	return !slices.ContainsFunc(list.Content, func(n *yaml.Node) bool { return n.ShortTag() != "!!int" })
}
