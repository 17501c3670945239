package typeset_test

import (
	"strings"
	"testing"

	"coinslot/platform/typeset"

	"github.com/stretchr/testify/require"
)

func library(t *testing.T) *typeset.Library {
	t.Helper()
	l, err := typeset.NewLibrary("")
	require.NoError(t, err)
	return l
}

var style = typeset.Style{Size: 10}

// read returns the text and the numbers of the glyphs of lines.
func read(lines []typeset.Line) (text string, glyphs []uint16) {
	for _, l := range lines {
		for _, c := range l.Clusters {
			text += c.Text
			for _, g := range c.Glyphs {
				glyphs = append(glyphs, g.ID)
			}
		}
	}
	return text, glyphs
}

func TestWrap_EachScript_HasGlyphs(t *testing.T) {
	t.Parallel()
	l := library(t)
	for script, text := range map[string]string{
		"Latin": "Ẵ ß Å ž", "Greek": "Ω ά", "Cyrillic": "Ж ў", "Arabic": "السلام عليكم", "Hebrew": "שָׁלוֹם",
		"Thai": "ยิ่งใหญ่", "Devanagari": "क्रिकेट ऑफ़", "Bengali": "বাংলা", "Tamil": "தமிழ்", "Georgian": "ქართული",
		"Armenian": "Հայերեն", "Chinese": "漢字 汉字 骗龍", "Japanese": "ひらがな カタカナ 働く", "Korean": "한국어 뷁",
		"emoji": "🎮🏆👩‍🚀🇦🇹", "signs": "€ ₹ ₽ ₩ ₴ ₺ ★ ☆ ♥ ♪ → ✓ ™ “”",
	} {
		for _, style := range []typeset.Style{style, {Size: 10, Bold: true}} {
			got, glyphs := read(l.NewTypesetter("en").Wrap(text, style, 1000))
			require.NotContains(t, glyphs, uint16(0), "%s: .notdef", script)
			require.NotContains(t, got, "\ufffd", "%s: a character without a font", script)
		}
	}
	require.Empty(t, l.Lacks())
}

// Text that runs from right to left is drawn in the visual order.
func TestWrap_RightToLeft_IsReordered(t *testing.T) {
	t.Parallel()
	got, _ := read(library(t).NewTypesetter("en").Wrap("אב 12 ג", style, 1000))
	require.Equal(t, "ג 12 בא", got)
	got, _ = read(library(t).NewTypesetter("en").Wrap("Tom (אב) 1", style, 1000))
	require.Equal(t, "Tom (בא) 1", got)
}

func TestWrap_Arabic_IsJoined(t *testing.T) {
	t.Parallel()
	set := library(t).NewTypesetter("ar")
	_, joined := read(set.Wrap("ببب", style, 1000))
	require.Len(t, joined, 3)
	require.NotEqual(t, joined[0], joined[1], "the first, the middle and the last form differ")
	require.NotEqual(t, joined[1], joined[2], "the first, the middle and the last form differ")
}

func TestWrap_DecomposedAccents_AreComposed(t *testing.T) {
	t.Parallel()
	set := library(t).NewTypesetter("en")
	_, decomposed := read(set.Wrap("e\u0301", style, 1000))
	_, composed := read(set.Wrap("é", style, 1000))
	require.Equal(t, composed, decomposed)
}

func TestWrap_NoLine_IsWiderThanAsked(t *testing.T) {
	t.Parallel()
	set := library(t).NewTypesetter("en")
	for _, text := range []string{
		strings.Repeat("W", 300), strings.Repeat("word ", 90), strings.Repeat("🎮👩‍🚀", 100), strings.Repeat("漢", 200),
		strings.Repeat("سلام ", 80), strings.Repeat("ยิ่งใหญ่", 60),
	} {
		lines := set.Wrap(text, style, 120)
		require.Greater(t, len(lines), 1)
		for _, l := range lines {
			require.LessOrEqual(t, l.Width, 120.01)
		}
		got, _ := read(lines)
		require.NotEmpty(t, got)
	}
}

func TestWrap_Marks_AreBounded(t *testing.T) {
	t.Parallel()
	set := library(t).NewTypesetter("en")
	got, _ := read(set.Wrap(strings.Repeat("\u0301", 200), style, 1000))
	require.Equal(t, "\u25cc"+strings.Repeat("\u0301", 4), got, "a dotted circle carries the marks")
	got, _ = read(set.Wrap("x"+strings.Repeat("\u0300", 200)+"y", style, 1000))
	require.Equal(t, "x"+strings.Repeat("\u0300", 4)+"y", got)
}

func TestWrap_NoFont_ShowsReplacement(t *testing.T) {
	t.Parallel()
	set := library(t).NewTypesetter("en")
	got, glyphs := read(set.Wrap("a\U000f0000\x00b\xff", style, 1000))
	require.Equal(t, "a\ufffd b\ufffd", got)
	require.NotContains(t, glyphs, uint16(0))
	require.Len(t, set.Wrap("", style, 10), 1, "an empty text is one empty line")
}

func TestNewLibrary_FolderWithoutFonts_ReturnsError(t *testing.T) {
	t.Parallel()
	_, err := typeset.NewLibrary(t.TempDir())
	require.ErrorContains(t, err, "no TrueType font")
	_, err = typeset.NewLibrary("/does/not/exist")
	require.Error(t, err)
	l, err := typeset.NewLibrary("fonts/large")
	require.NoError(t, err)
	require.Empty(t, l.Lacks())
}
