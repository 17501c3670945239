//go:build smallfonts

package typeset

func largeFonts() []*Font { return nil }

// leftOut are the scripts of fonts that the build leaves out.
func leftOut() []string { return []string{"Chinese", "Japanese", "Korean"} }
