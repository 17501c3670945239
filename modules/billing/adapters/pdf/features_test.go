package pdf_test

import (
	"bytes"
	"compress/zlib"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/billing/adapters/cii"
	"coinslot/modules/billing/adapters/pdf"
	"coinslot/modules/billing/domain"
	"coinslot/platform/pdfa"

	"github.com/stretchr/testify/require"
)

func TestRender_GermanCreditNote_IsRechnungskorrektur(t *testing.T) {
	t.Parallel()
	note := invoiceIn("de", 1)
	note.Kind, note.Series = domain.CreditNoteKind, "CN-AT-2026"
	note.Preceding = &domain.Preceding{Number: "INV-AT-2026-000042", IssuedAt: note.IssuedAt}
	raw, err := newRenderer(t).Render(note)
	require.NoError(t, err)
	got := text(t, raw)
	require.Contains(t, got, "Rechnungskorrektur")
	require.Contains(t, got, "Griechenland")
	require.NotContains(t, got, "Gutschrift")
}

func TestRender_Untaxed_SaysWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		language string
		reason   domain.Untaxed
		note     string
		want     string
	}{
		{"en", "", "", "Not subject to the tax of the seller's country"},
		{"de", domain.SmallBusiness, "", "Der Verkäufer ist Kleinunternehmer"},
		{"fr", domain.Exempt, "", "exonérée de TVA"},
		{"es", domain.ZeroRated, "", "El tipo de IVA es cero"},
		{"de", domain.Exempt, "§ 6 Abs. 1 Z 27 UStG", "§ 6 Abs. 1 Z 27 UStG"},
	} {
		i := costing(c.language, usd(2000))
		i.Seller.Untaxed, i.Seller.UntaxedNote = c.reason, c.note
		raw, err := newRenderer(t).Render(i)
		require.NoError(t, err)
		require.Contains(t, text(t, raw), c.want)
	}
	raw, err := newRenderer(t).Render(inScript("en", "Ada", "Game"))
	require.NoError(t, err)
	require.NotContains(t, text(t, raw), "Not subject")
}

func TestRender_ForeignCurrency_HasTaxInBoth(t *testing.T) {
	t.Parallel()
	i := inScript("de", "Ada", "Game")
	i.Seller.Exchange = &domain.Exchange{Currency: "EUR", Rate: "0.8621", Day: "2026-02-28"}
	raw, err := newRenderer(t).Render(i)
	require.NoError(t, err)
	got := text(t, raw)
	require.Contains(t, got, "USt. EUR")
	require.Contains(t, got, "USt.: 2,87 EUR (1 USD = 0.8621 EUR, Kurs vom 2026-02-28)")
}

func TestRender_RateOfLine_OnlyWithSeveralRates(t *testing.T) {
	t.Parallel()
	i := inScript("en", "Ada", "Game")
	raw, err := newRenderer(t).Render(i)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(text(t, raw), "Tax rate"), "the tax table only")
	book := i.Content.Lines[0]
	book.Title, book.Parts = "Book", []billing.LineItemPart{book.Parts[0]}
	book.Parts[0].Rate = 1000
	i.Content.Lines = append(i.Content.Lines, book)
	raw, err = newRenderer(t).Render(i)
	require.NoError(t, err)
	require.Regexp(t, `Game +1 +20\.00 +0\.00 +20 % +20\.00`, text(t, raw))
	require.Regexp(t, `Book +1 +20\.00 +0\.00 +10 % +20\.00`, text(t, raw))
}

func logo(t *testing.T) *pdfa.Image {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 120, 40))
	for x := range 120 {
		for y := range 40 {
			picture.Set(x, y, color.RGBA{R: uint8(2 * x), B: 120, A: 255})
		}
	}
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, picture))
	read, err := pdfa.ReadImage(out.Bytes())
	require.NoError(t, err)
	return read
}

// document renders an invoice with all features: a logo, several rates, two currencies, and its XML.
func document(t *testing.T) (raw, embedded []byte) {
	t.Helper()
	i := inScript("de", "Jürgen Groß", "Die Straße der Krähen – Sonderausgabe für Österreich")
	book := i.Content.Lines[0]
	book.Title, book.Parts = "Das Buch zum Spiel", []billing.LineItemPart{book.Parts[0]}
	book.Tax = usd(0)
	book.Parts[0].Rate, book.Parts[0].Tax = 0, usd(0)
	i.Content.Subtotal, i.Content.Total = usd(4000), usd(4000)
	i.Content.Lines = append(i.Content.Lines, book)
	i.Seller.TaxID = "ATU12345678"
	i.Seller.Address = []string{"Straße 1", "1010 Wien"}
	i.Seller.Exchange = &domain.Exchange{Currency: "EUR", Rate: "0.8621", Day: "2026-02-28"}
	embedded, err := cii.NewRenderer().Render(i)
	require.NoError(t, err)
	fonts, err := fonts()
	require.NoError(t, err)
	renderer, err := pdf.NewRenderer(fonts, logo(t))
	require.NoError(t, err)
	raw, err = renderer.Render(i, embedded)
	require.NoError(t, err)
	again, err := renderer.Render(i, embedded)
	require.NoError(t, err)
	require.Equal(t, raw, again)
	pixels(t, "invoice-german", raw, image.Rect(0, 0, 900, 1200))
	return raw, embedded
}

// objects returns the objects of a file by number. The cross-reference table must name the place of each.
func objects(t *testing.T, raw []byte) map[int]string {
	t.Helper()
	tail := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(raw)
	require.NotNil(t, tail)
	start, err := strconv.Atoi(string(tail[1]))
	require.NoError(t, err)
	rows := strings.Split(string(raw[start:]), "\n")
	require.Equal(t, "xref", rows[0])
	out := map[int]string{}
	for number := 1; regexp.MustCompile(`^\d{10} 00000 n $`).MatchString(rows[2+number]); number++ {
		at, err := strconv.Atoi(rows[2+number][:10])
		require.NoError(t, err)
		body, ok := bytes.CutPrefix(raw[at:], fmt.Appendf(nil, "%d 0 obj\n", number))
		require.True(t, ok, "object %d", number)
		body, _, ok = bytes.Cut(body, []byte("\nendobj\n"))
		require.True(t, ok)
		out[number] = string(body)
	}
	return out
}

// one returns the only object that matches a pattern.
func one(t *testing.T, all map[int]string, pattern string) string {
	t.Helper()
	var found []string
	for _, body := range all {
		if regexp.MustCompile(pattern).MatchString(body) {
			found = append(found, body)
		}
	}
	require.Len(t, found, 1, pattern)
	return found[0]
}

func unpacked(t *testing.T, object string) []byte {
	t.Helper()
	_, packed, ok := strings.Cut(object, "stream\n")
	require.True(t, ok)
	reader, err := zlib.NewReader(strings.NewReader(packed))
	require.NoError(t, err)
	out, err := io.ReadAll(reader)
	require.NoError(t, err)
	return out
}

// What PDF/A-3b (ISO 19005-3) and Factur-X ask of the structure of a file.
func TestRender_Structure_IsPDFA3(t *testing.T) {
	t.Parallel()
	raw, embedded := document(t)
	require.Equal(t, "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", string(raw[:15]), "6.1.2: four bytes beyond ASCII")
	require.Regexp(t, `/ID\[<[0-9a-f]{32}><[0-9a-f]{32}>\]`, string(raw), "6.1.3")
	all := objects(t, raw)
	for number, body := range all {
		for _, reference := range regexp.MustCompile(`(\d+) 0 R`).FindAllStringSubmatch(
			strings.SplitN(body, "stream\n", 2)[0], -1) {
			target, err := strconv.Atoi(reference[1])
			require.NoError(t, err)
			require.Contains(t, all, target, "object %d refers to one that is absent", number)
		}
		require.NotRegexp(t, `/(Encrypt|JavaScript|JS|Launch|SMask|Transparency|LZWDecode)\b`,
			strings.SplitN(body, "stream\n", 2)[0])
		require.NotContains(t, body[:min(len(body), 400)], "%!", "a format with the wrong arguments")
	}
	catalog := one(t, all, `/Type/Catalog`)
	for _, entry := range []string{
		"/MarkInfo<</Marked true>>", "/Lang(de)", "/OutputIntents[", "/Metadata ", "/StructTreeRoot ", "/AF[",
	} {
		require.Contains(t, catalog, entry)
	}
	require.Contains(t, one(t, all, `/GTS_PDFA1`), "/DestOutputProfile ")
	profile := unpacked(t, one(t, all, `^<</N 3`))
	require.Equal(t, "acsp", string(profile[36:40]))
	require.Equal(t, len(profile), int(profile[2])<<8|int(profile[3]))
	for _, descriptor := range all {
		if strings.Contains(descriptor, "/Type/FontDescriptor") {
			require.Regexp(t, `/FontName/[A-Z]{6}\+.*/FontFile2 `, descriptor, "each font is embedded as a subset")
		}
	}
	require.Equal(t, embedded, unpacked(t, one(t, all, `/Type/EmbeddedFile/Subtype/text#2Fxml`)))
	require.Contains(t, one(t, all, `/Type/Filespec`), "/AFRelationship/Alternative")
	info := one(t, all, `^<</Title`)
	require.Regexp(t, `/CreationDate\(D:20260301120000Z\)/ModDate\(D:20260301120000Z\)`, info)
}

func TestRender_Metadata_IsFacturX(t *testing.T) {
	t.Parallel()
	raw, _ := document(t)
	_, packet, ok := strings.Cut(one(t, objects(t, raw), `/Type/Metadata`), "stream\n")
	require.True(t, ok)
	packet = strings.TrimSuffix(packet, "\nendstream")
	decoder, names := xml.NewDecoder(strings.NewReader(packet)), map[string]string{}
	last := ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			last = token.Name.Local
		case xml.CharData:
			names[last] += strings.TrimSpace(string(token))
		}
	}
	for name, want := range map[string]string{
		"part": "3", "conformance": "B", "DocumentFileName": "factur-x.xml", "ConformanceLevel": "EN 16931",
		"DocumentType": "INVOICE", "Version": "1.0", "CreateDate": "2026-03-01T12:00:00Z", "prefix": "fx",
	} {
		require.Equal(t, want, names[name], name)
	}
}

func TestReadImage_NotAPicture_ReturnsError(t *testing.T) {
	t.Parallel()
	_, err := pdfa.ReadImage([]byte("GIF89a"))
	require.Error(t, err)
}
