package web_test

import (
	"testing"

	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
)

func TestCell_Formula_GetsApostrophe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1+2": "'-1+2", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\r=1": "'\r=1",
		"=": "'=", "-": "'-", "-.5": "'-.5", "-1.2.3": "'-1.2.3",
		"-12.34": "-12.34", "-5": "-5", "12": "12", "": "", "Star Orchard": "Star Orchard", "a=1": "a=1",
	} {
		require.Equal(t, want, web.Cell(text))
	}
}
