package pdf_test

import (
	"bytes"
	"image"
	_ "image/png" // what pdftoppm writes
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

// scripts has a buyer's name and a title in each script, and the language of the document.
var scripts = []struct{ script, language, name, title string }{
	{"german", "de", "Jürgen Groß", "Die Straße der Krähen – Sonderausgabe für Österreich"},
	{"japanese", "en", "山田 太郎", "ファイナルファンタジー：光の戦士たち ★ ひらがな"},
	{"chinese", "en", "王小明", "三国演义 · 繁體版本：歷史的軌跡"},
	{"korean", "en", "김철수", "별의 모험 – 한국어 디럭스 에디션"},
	{"arabic", "en", "محمد بن عبد الله", "مغامرات السندباد: لا حدود 2026 (إصدار خاص)"},
	{"hebrew", "en", "משה כהן", "הַרפתקאות בירושלים 2"},
	{"thai", "en", "สมชาย ใจดี", "การผจญภัยที่ยิ่งใหญ่"},
	{"hindi", "en", "अर्जुन शर्मा", "किंग्स ऑफ़ क्रिकेट – विश्व चैंपियनशिप"},
	{"vietnamese", "en", "Nguyễn Thị Ánh", "Huyền thoại Đất Việt – những trận chiến"},
	{"decomposed", "fr", "Zoe\u0308 Le\u0301ger", "A\u030angstro\u0308m: l'e\u0301te\u0301"},
	{"signs", "en", "₹ ₽ ★ € ™", "★ 100 ₽ → ₹ 5 ♥"},
	{"emoji", "en", strings.Repeat("🎮👩‍🚀", 100), "🏆 Cup 🇦🇹 👍🏽"},
}

// inScript returns an invoice to a name, of a title.
func inScript(language, name, title string) domain.Invoice {
	i := costing(language, usd(2000))
	i.Content.Buyer.Name = name
	i.Content.Lines[0] = billing.LineItem{
		LineID: id.V7{}.NewID(), Title: title, Quantity: 1, Unit: usd(2000), Discount: usd(0), Tax: usd(333),
		Total: usd(2000),
		Parts: []billing.LineItemPart{{Title: title, Discount: usd(0), Tax: usd(333), Total: usd(2000), Rate: 2000}},
	}
	i.Content.Tax = usd(333)
	return i
}

// pixels draws a part of the first page of a PDF with Poppler's pdftoppm, which CI installs. COINSLOT_TEST_PICTURES is
// a folder for the whole pages.
func pixels(t *testing.T, name string, raw []byte, area image.Rectangle) image.Image {
	t.Helper()
	drawer, err := exec.LookPath("pdftoppm")
	if err != nil {
		require.Empty(t, os.Getenv("CI"), "CI must have pdftoppm (Debian: apt-get install poppler-utils)")
		t.Skip("SKIPPED: drawing the PDF needs pdftoppm (Debian: apt-get install poppler-utils)")
	}
	folder := t.TempDir()
	if kept := os.Getenv("COINSLOT_TEST_PICTURES"); kept != "" {
		folder = kept
	}
	path := filepath.Join(folder, name+".pdf")
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	arguments := []string{"-r", "110", "-png", "-singlefile", "-f", "1", path, strings.TrimSuffix(path, ".pdf")}
	if folder != os.Getenv("COINSLOT_TEST_PICTURES") {
		for i, v := range []int{area.Min.X, area.Min.Y, area.Dx(), area.Dy()} {
			arguments = append([]string{[]string{"-x", "-y", "-W", "-H"}[i], strconv.Itoa(v)}, arguments...)
		}
	}
	out, err := exec.Command(drawer, arguments...).CombinedOutput()
	require.NoError(t, err)
	require.Empty(t, string(out), "pdftoppm has no complaint")
	drawn, err := os.ReadFile(strings.TrimSuffix(path, ".pdf") + ".png")
	require.NoError(t, err)
	picture, _, err := image.Decode(bytes.NewReader(drawn))
	require.NoError(t, err)
	return picture
}

// dark counts the dark pixels of a picture.
func dark(picture image.Image) int { return differs(picture, image.White) }

// differs counts the pixels in which two pictures differ.
func differs(a, b image.Image) (n int) {
	area := a.Bounds()
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			ra, _, _, _ := a.At(x, y).RGBA()
			rb, _, _, _ := b.At(x, y).RGBA()
			if ra>>15 != rb>>15 {
				n++
			}
		}
	}
	return n
}

func TestRender_EachScript_HasItsOwnGlyphs(t *testing.T) {
	t.Parallel()
	renderer := newRenderer(t)
	for _, c := range scripts {
		t.Run(c.script, func(t *testing.T) {
			t.Parallel()
			raw, err := renderer.Render(inScript(c.language, c.name, c.title))
			require.NoError(t, err)
			name := image.Rect(80, 70, 480, 115)
			drawn := pixels(t, c.script, raw, name)
			// The same document in characters that no font has: each is drawn as the sign of a missing character.
			boxes := func(text string) string { return strings.Repeat("\U000f0000", len([]rune(text))) }
			raw, err = renderer.Render(inScript(c.language, boxes(c.name), c.title))
			require.NoError(t, err)
			missing := pixels(t, c.script+"-missing", raw, name)
			require.Greater(t, dark(drawn), 100, "the name is drawn")
			require.Greater(t, differs(drawn, missing), 100, "the name is not a row of boxes")
		})
	}
}

func TestRender_EachScript_TextIsExtracted(t *testing.T) {
	t.Parallel()
	renderer := newRenderer(t)
	for _, c := range scripts {
		raw, err := renderer.Render(inScript(c.language, c.name, c.title))
		require.NoError(t, err)
		got := text(t, raw)
		for _, word := range strings.Fields(c.name) {
			if c.script == "decomposed" || c.script == "emoji" {
				continue
			}
			require.Contains(t, got, word, c.script)
		}
	}
}

func TestRender_OddTexts_AreRendered(t *testing.T) {
	t.Parallel()
	renderer := newRenderer(t)
	for name, odd := range map[string]string{
		"only combining marks": strings.Repeat("\u0301", 200), "invalid UTF-8": "\xff\xfe", "empty": "",
		"one long word": strings.Repeat("W", 300), "controls of direction": "\u202e\u2066abc\u2069",
		"only joiners": "\u200d\u200d\ufe0f", "spaces": "   ", "line breaks": "a\nb\r\nc\u2028d",
		"stacked marks": "a" + strings.Repeat("\u0300", 500), "private use": "\ue000\U00100000",
	} {
		raw, err := renderer.Render(inScript("en", odd, odd))
		require.NoError(t, err, name)
		require.Contains(t, text(t, raw), "page 1 of 1", name)
	}
}

func TestRender_LongWord_IsBroken(t *testing.T) {
	t.Parallel()
	word := strings.Repeat("Donaudampfschifffahrt", 20)
	raw, err := newRenderer(t).Render(inScript("de", word, word))
	require.NoError(t, err)
	require.Zero(t, dark(pixels(t, "long-word", raw, image.Rect(829, 0, 909, 1200))), "nothing is in the right margin")
}
