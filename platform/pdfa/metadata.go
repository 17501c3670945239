package pdfa

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"time"
)

// xmp is the metadata of the document, which repeats what its information dictionary says.
func (d *Document) xmp() string {
	at := d.info.Created.UTC().Format(time.RFC3339)
	return "<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` + "\n" +
		`<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">` +
		`<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>` + "\n" +
		fmt.Sprintf(`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">`+
			`<dc:format>application/pdf</dc:format>`+
			`<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>`+
			`<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>`+
			`<dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language></rdf:Description>`,
			escape(d.info.Title), escape(d.info.Author), escape(d.info.Language)) + "\n" +
		fmt.Sprintf(`<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" `+
			`xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><pdf:Producer>%s</pdf:Producer>`+
			`<xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%[2]s</xmp:ModifyDate></rdf:Description>`,
			escape(d.info.Producer), at) + "\n" + d.info.Extension +
		"</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>"
}

func escape(text string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(text)) // a bytes.Buffer accepts all
	return out.String()
}

// sRGB builds an ICC profile (version 2, a matrix and a gamma of 2.2) with the primaries of sRGB.
func sRGB() []byte {
	type tag struct {
		name string
		data []byte
	}
	xyz := func(x, y, z uint32) []byte { return words([]byte("XYZ \x00\x00\x00\x00"), x, y, z) }
	curve := append(words([]byte("curv\x00\x00\x00\x00"), 1), 0x02, 0x33, 0, 0)
	name := "sRGB"
	description := append(words([]byte("desc\x00\x00\x00\x00"), uint32(len(name)+1)), name+"\x00"...)
	description = append(description, make([]byte, 4+4+2+1+67)...)
	for len(description)%4 != 0 {
		description = append(description, 0)
	}
	tags := []tag{
		{"desc", description},
		{"cprt", append([]byte("text\x00\x00\x00\x00"), "public domain\x00\x00\x00"...)},
		{"wtpt", xyz(0xf6d6, 0x10000, 0xd32d)},
		{"rXYZ", xyz(0x6fa2, 0x38f5, 0x0390)},
		{"gXYZ", xyz(0x6299, 0xb785, 0x18da)},
		{"bXYZ", xyz(0x24a0, 0x0f84, 0xb6cf)},
		{"rTRC", curve},
		{"gTRC", curve},
		{"bTRC", curve},
	}
	table, body := words(nil, uint32(len(tags))), []byte{}
	start := 128 + 4 + 12*len(tags)
	for _, t := range tags {
		table = words(append(table, t.name...), uint32(start+len(body)), uint32(len(t.data)))
		body = append(body, t.data...)
	}
	head := words(nil, uint32(start+len(body)), 0, 0x02100000)
	head = append(head, "mntrRGB XYZ "...)
	head = append(head, 7, 0xea, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0) // 2026-01-01
	head = append(head, "acsp"...)
	head = append(words(head, 0, 0, 0, 0, 0, 0, 0), words(nil, 0xf6d6, 0x10000, 0xd32d)...)
	head = append(head, make([]byte, 128-len(head))...)
	return append(append(head, table...), body...)
}

func words(out []byte, numbers ...uint32) []byte {
	for _, n := range numbers {
		out = binary.BigEndian.AppendUint32(out, n)
	}
	return out
}
