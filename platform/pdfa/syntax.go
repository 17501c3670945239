package pdfa

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

func deflate(raw []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write(raw) // a bytes.Buffer accepts all
	_ = w.Close()
	return out.Bytes()
}

// number formats a coordinate with as many decimals as a printer needs.
func number(v float64) string {
	text := strconv.FormatFloat(v, 'f', 3, 64)
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}

// literal is a string of ASCII.
func literal(text string) string {
	return "(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(text) + ")"
}

func utf16Hex(text string) string {
	var out strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&out, "%04X", unit)
	}
	return out.String()
}

// unicodeText is a string of any characters.
func unicodeText(text string) string { return "<FEFF" + utf16Hex(text) + ">" }

func date(t time.Time) string { return t.UTC().Format("D:20060102150405Z") }
