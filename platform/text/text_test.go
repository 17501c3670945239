package text_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"coinslot/platform/text"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestEmail_SpellingsOfOneAddress_HaveOneForm(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"ada@example.com":                "ada@example.com",
		"Ada@Example.COM":                "ada@example.com",
		"ada@bücher.example":             "ada@xn--bcher-kva.example",
		"ada@BU\u0308CHER.example":       "ada@xn--bcher-kva.example",
		"ada@xn--bcher-kva.example":      "ada@xn--bcher-kva.example",
		"zoe\u0308@example.com":          "zo\u00eb@example.com",
		"zo\u00cb@example.com":           "zo\u00eb@example.com",
		"ada@\uff45xample.com":           "ada@example.com",
		"ada+games@mail.example.museum":  "ada+games@mail.example.museum",
		"пример@пример.example":          "пример@xn--e1afmkfd.example",
		"ada@straße.example":             "ada@xn--strae-oqa.example",
		"o'neill_1.b-c@sub.example-1.ie": "o'neill_1.b-c@sub.example-1.ie",
	} {
		got, err := text.Email(address)
		require.NoError(t, err, address)
		require.Equal(t, want, got, address)
	}
}

func TestEmail_NotAnAddress_ReturnsErrEmail(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", "nonsense", "@example.com", "ada@", "ada@localhost", "Ada <ada@example.com>", `"a b"@example.com`,
		"ada@[127.0.0.1]", "ada@exa mple.com",
		"a..b@example.com", ".a@example.com", "ada@-example.com", "ada@exa_mple.com",
		"ada@" + strings.Repeat("a", 64) + ".com", "ada@example..com",
		strings.Repeat("a", 65) + "@example.com", "ada@xn--zzzzzzzzzzz.com", "ada@example.com ", "ada\u200b@example.com",
		"ada\u202e@example.com", "ada\U000e0041@example.com", "ada\x00@example.com", "ada@ex\xffample.com",
	} {
		_, err := text.Email(address)
		require.ErrorIs(t, err, text.ErrEmail, "%q", address)
	}
}

func TestUsername_IsLowerCaseOfOneScript(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ada_1": "ada_1", "ADA": "ada", "Ада": "ада", "Ωmega": "", "\uff21da": "ada", "zoe\u0308": "zo\u00eb",
		"аda": "", "日本のゲーム": "日本のゲーム",
		"한국": "한국", "日本ada": "", "ada lovelace": "", "": "", "ada\u200b": "", "a\u202eb": "",
		"ada\u00a0b": "", "a１２": "a12", "ⅷ": "",
	} {
		got, err := text.Username(name)
		require.Equal(t, want == "", err != nil, "%q", name)
		require.Equal(t, want, got, "%q", name)
	}
	_, err := text.Username("pаypal") // the second letter is Cyrillic
	require.ErrorIs(t, err, text.ErrMixedScripts)
}

// Earlier versions allowed handles of this pattern only.
func TestUsername_LegacyHandle_IsUnchanged(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{2,29}$`)
	rapid.Check(t, func(t *rapid.T) {
		handle := rapid.StringMatching(pattern.String()).Draw(t, "handle")
		form, err := text.Username(handle)
		require.NoError(t, err)
		require.Equal(t, handle, form)
	})
}

func TestDisplayName_InvisibleCharacter_ReturnsError(t *testing.T) {
	t.Parallel()
	const scotland = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f" // a flag with tags
	for name, want := range map[string]string{
		" Ada ": "Ada", "Zoe\u0308": "Zo\u00eb", "Ада Λ": "Ада Λ", "👩\u200d💻 Ada": "👩\u200d💻 Ada",
		"می\u200cخواهم": "می\u200cخواهم",
		"two\nlines":    "", "a\u202eb": "", "a\u2066b": "", "a\u200f": "", "a\u200bb": "", "\u200dAda": "",
		"Ada\u200d": "", "a\u200d\u200db": "",
		"a \u200cb": "", "\ufeffAda": "", "a\u00adb": "", "bad\xff": "", "\u3164": "", "a\u2028b": "", "a\x7f": "",
		"Ada\U000e0041": "", "Ada\u034f": "", "\u2800": "", "a\u17b5": "",
		scotland: scotland,
	} {
		got, err := text.DisplayName(name)
		require.Equal(t, want == "", err != nil, "%q", name)
		require.Equal(t, want, got, "%q", name)
	}
}

func TestFold_SpellingsOfOneText_HaveOneForm(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"Password 1234", "ＰＡＳＳＷＯＲＤ1234", " password1234\u00a0"} {
		require.Equal(t, "password1234", text.Fold(s))
	}
}

func TestCut_ReturnsWholeCharacters(t *testing.T) {
	t.Parallel()
	require.Equal(t, "ab", text.Cut("abé", 3))
	require.Equal(t, "abé", text.Cut("abé", 4))
	require.Equal(t, "a\ufffdb", text.Cut("a\xff\x00b", 10))
	rapid.Check(t, func(t *rapid.T) {
		s, limit := string(rapid.SliceOf(rapid.Byte()).Draw(t, "s")), rapid.IntRange(0, 50).Draw(t, "limit")
		cut := text.Cut(s, limit)
		require.True(t, utf8.ValidString(cut))
		require.LessOrEqual(t, len(cut), limit)
		require.NotContains(t, cut, "\x00")
	})
}
