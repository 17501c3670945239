package web_test

import (
	"strings"
	"testing"
	"time"

	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
)

func TestCell_Formula_GetsApostrophe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1+2": "'-1+2", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\r=1": "'\r=1",
		"=": "'=", "-": "'-", "-.5": "'-.5", "-1.2.3": "'-1.2.3",
		" =1": "' =1", "\n": "'\n", "＝1": "'＝1", "=HYPERLINK(\"http://x\")": "'=HYPERLINK(\"http://x\")",
		"-12.34": "-12.34", "-5": "-5", "12": "12", "": "", "Star Orchard": "Star Orchard", "a=1": "a=1",
	} {
		require.Equal(t, want, web.Cell(text))
	}
}

func TestSheet_Dialects_WriteNumbersAndTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 30, 18, 41, 55, 5e8, time.FixedZone("", 3600))
	for locale, want := range map[string]string{
		"":   "a,b\n\"1,5\",-1234.50\n2026-11-30T17:41:55.5Z,\n'=1,;\n",
		"en": "\ufeffa,b\n\"1,5\",-1234.50\n2026-11-30 17:41:55,\n'=1,;\n",
		"de": "\ufeffa;b\n1,5;-1234,50\n2026-11-30 17:41:55;\n'=1;\";\"\n",
	} {
		var out strings.Builder
		sheet, err := web.NewSheetWriter(&out, web.DialectOf(locale), []string{"a", "b"})
		require.NoError(t, err)
		require.NoError(t, sheet.Write(web.Text("1,5"), web.Number("-1234.50")))
		require.NoError(t, sheet.Write(web.Time(at), web.Value{}))
		require.NoError(t, sheet.Write(web.Text("=1"), web.Text(";")))
		require.NoError(t, sheet.Flush())
		require.Equal(t, want, out.String(), locale)
	}
}
