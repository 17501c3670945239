package pdf

import "strings"

// xmlName is the name that Factur-X gives to the embedded invoice.
const xmlName = "factur-x.xml"

// extension returns the XMP metadata that Factur-X 1.0 requires, with the description of its schema for PDF/A.
func extension(xml []byte) string {
	if xml == nil {
		return ""
	}
	var properties strings.Builder
	for _, p := range [][2]string{
		{"DocumentFileName", "The name of the embedded XML document"},
		{"DocumentType", "The type of the hybrid document"},
		{"Version", "The version of the standard of the XML document"},
		{"ConformanceLevel", "The conformance level of the XML document"},
	} {
		properties.WriteString(`<rdf:li rdf:parseType="Resource"><pdfaProperty:name>` + p[0] + `</pdfaProperty:name>` +
			`<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>` +
			`<pdfaProperty:description>` + p[1] + `</pdfaProperty:description></rdf:li>`)
	}
	const uri = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
	return `<rdf:Description rdf:about="" xmlns:fx="` + uri + `"><fx:DocumentType>INVOICE</fx:DocumentType>` +
		`<fx:DocumentFileName>` + xmlName + `</fx:DocumentFileName><fx:Version>1.0</fx:Version>` +
		`<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>` + "\n" +
		`<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" ` +
		`xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">` +
		`<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">` +
		`<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>` +
		`<pdfaSchema:namespaceURI>` + uri + `</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>` +
		`<pdfaSchema:property><rdf:Seq>` + properties.String() + `</rdf:Seq></pdfaSchema:property>` +
		`</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>` + "\n"
}
