//go:build !smallfonts

package typeset

import "embed"

//go:embed fonts/large/*.ttf
var large embed.FS

// largeFonts are those for Chinese and Japanese, and for Korean.
func largeFonts() []*Font {
	return []*Font{
		embedded(large, "fonts/large/DroidSansFallbackFull.ttf"), embedded(large, "fonts/large/NanumGothic.ttf"),
	}
}

// leftOut are the scripts of fonts that the build leaves out.
func leftOut() []string { return nil }
