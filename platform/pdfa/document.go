// Package pdfa writes tagged PDF files in the format PDF/A-3b (ISO 19005-3), with embedded subsets of fonts,
// extractable text, an output intent, XMP metadata and embedded files. The same calls produce the same bytes.
package pdfa

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"coinslot/platform/typeset"
)

// Info is the metadata of a document. Language is an ISO 639-1 code. Extension is RDF that is added to the XMP
// metadata, such as that of an embedded invoice; it may be empty.
type Info struct {
	Title     string
	Author    string
	Producer  string
	Language  string
	Created   time.Time
	Extension string
}

// File is embedded in a document. Relationship is one of PDF 2.0's names, such as Alternative.
type File struct {
	Name         string
	MediaType    string
	Description  string
	Relationship string
	Content      []byte
}

// Document is written page by page, from the top to the bottom. It is not safe for concurrent use.
type Document struct {
	info  Info
	w, h  float64
	pages []*Page
	fonts map[*typeset.Font]*usedFont
	order []*usedFont
	image *Image
	files []File
	root  *element
	open  []*element
}

// New returns an empty document with pages of a size in points.
func New(info Info, width, height float64) *Document {
	root := &element{role: "Document"}
	return &Document{
		info: info, w: width, h: height, fonts: map[*typeset.Font]*usedFont{}, root: root, open: []*element{root},
	}
}

// Attach embeds a file.
func (d *Document) Attach(f File) { d.files = append(d.files, f) }

// objects is the body of a file: numbered objects and their offsets.
type objects struct {
	bytes.Buffer
	offsets []int
}

// reserve returns the number of an object that is written later.
func (o *objects) reserve() int {
	o.offsets = append(o.offsets, 0)
	return len(o.offsets)
}

func (o *objects) put(number int, format string, args ...any) {
	o.offsets[number-1] = o.Len()
	fmt.Fprintf(o, "%d 0 obj\n"+format+"\nendobj\n", append([]any{number}, args...)...)
}

func (o *objects) add(format string, args ...any) int {
	number := o.reserve()
	o.put(number, format, args...)
	return number
}

// stream adds a compressed stream with further entries of its dictionary.
func (o *objects) stream(entries string, content []byte) int {
	packed := deflate(content)
	return o.add("<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream", entries, len(packed), packed)
}

// Bytes returns the file.
func (d *Document) Bytes() ([]byte, error) {
	o := &objects{}
	o.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	catalog, pages, structure := o.reserve(), o.reserve(), o.reserve()
	resources, err := d.resources(o)
	if err != nil {
		return nil, err
	}
	d.writePages(o, pages, resources)
	d.writeStructure(o, structure)
	xmp := []byte(d.xmp())
	metadata := o.add("<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n%s\nendstream", len(xmp), xmp)
	profile := o.stream("/N 3", sRGB())
	intent := o.add("<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB)"+
		"/DestOutputProfile %d 0 R>>",
		profile)
	o.put(catalog, "<</Type/Catalog/Pages %d 0 R/Metadata %d 0 R/OutputIntents[%d 0 R]/Lang%s/MarkInfo<</Marked true>>"+
		"/StructTreeRoot %d 0 R/ViewerPreferences<</DisplayDocTitle true>>%s>>",
		pages, metadata, intent, literal(d.info.Language), structure, d.writeFiles(o))
	info := o.add("<</Title%s/Author%s/Producer%s/CreationDate%s/ModDate%[5]s>>", unicodeText(d.info.Title),
		unicodeText(d.info.Author), unicodeText(d.info.Producer), literal(date(d.info.Created)))
	return o.finish(catalog, info), nil
}

// finish writes the cross-reference table and the trailer. The ID of the file is a hash of its content.
func (o *objects) finish(catalog, info int) []byte {
	id, start := sha256.Sum256(o.Bytes()), o.Len()
	fmt.Fprintf(o, "xref\n0 %d\n0000000000 65535 f \n", len(o.offsets)+1)
	for _, offset := range o.offsets {
		fmt.Fprintf(o, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(o, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%x><%[4]x>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(o.offsets)+1, catalog, info, id[:16], start)
	return o.Bytes()
}

func (d *Document) writeFiles(o *objects) string {
	var names, related strings.Builder
	for _, f := range d.files {
		packed := deflate(f.Content)
		content := o.add("<</Type/EmbeddedFile/Subtype/%s/Params<</ModDate%s/Size %d>>/Filter/FlateDecode/Length %d>>\n"+
			"stream\n%s\nendstream", strings.ReplaceAll(f.MediaType, "/", "#2F"), literal(date(d.info.Created)),
			len(f.Content), len(packed), packed)
		spec := o.add("<</Type/Filespec/F%s/UF%s/Desc%s/AFRelationship/%s/EF<</F %d 0 R/UF %[6]d 0 R>>>>",
			literal(f.Name), unicodeText(f.Name), unicodeText(f.Description), f.Relationship, content)
		fmt.Fprintf(&names, "%s %d 0 R", literal(f.Name), spec)
		fmt.Fprintf(&related, "%d 0 R ", spec)
	}
	if len(d.files) == 0 {
		return ""
	}
	return "/AF[" + related.String() + "]/Names<</EmbeddedFiles<</Names[" + names.String() + "]>>>>/PageMode/UseNone"
}

func (d *Document) writePages(o *objects, pages int, resources string) {
	var kids strings.Builder
	for i, p := range d.pages {
		p.number = o.reserve()
		content := o.stream("", p.content.Bytes())
		o.put(p.number, "<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Resources%s/Contents %d 0 R"+
			"/StructParents %d/Tabs/S>>",
			pages, number(d.w), number(d.h), resources, content, i)
		fmt.Fprintf(&kids, "%d 0 R ", p.number)
	}
	o.put(pages, "<</Type/Pages/Count %d/Kids[%s]>>", len(d.pages), kids.String())
}
