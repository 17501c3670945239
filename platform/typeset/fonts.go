// Package typeset shapes text into positioned glyphs: it normalizes the text, reorders text that runs from right to
// left, selects a font for each character, and wraps lines. Fonts can be subset to the used glyphs.
//
// The embedded fonts cover Latin, Greek, Cyrillic, Arabic, Hebrew, Thai, Devanagari, Bengali, Tamil, Georgian,
// Armenian, Chinese, Japanese and Korean; the build tag smallfonts leaves the last three out. Other scripts need fonts
// of a folder. A character without a font is replaced by U+FFFD.
package typeset

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/go-text/typesetting/font"
)

//go:embed fonts/*.ttf
var small embed.FS

// Font is a TrueType font. It is parsed when it is first used. It is safe for concurrent use.
type Font struct {
	// Name identifies the font, such as NotoSans-Regular.
	Name string
	load func() (parsed, error)
}

// parsed is a font that was read.
type parsed struct {
	raw  []byte
	font *font.Font
}

func embedded(files embed.FS, path string) *Font {
	return newFont(path, func() ([]byte, error) { return files.ReadFile(path) })
}

func newFont(path string, read func() ([]byte, error)) *Font {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return &Font{name, sync.OnceValues(func() (parsed, error) {
		raw, err := read()
		if err != nil {
			return parsed{}, err
		}
		face, err := font.ParseTTF(bytes.NewReader(raw))
		if err != nil {
			return parsed{}, fmt.Errorf("parse the font %s: %w", name, err)
		}
		return parsed{raw, face.Font}, nil
	})}
}

// Library is the fonts that a text can be set in, in the order in which they are tried. It is safe for concurrent use.
type Library struct{ regular, bold []*Font }

// NewLibrary returns the embedded fonts, and before those for Chinese, Japanese and Korean the TrueType fonts of a
// folder. An empty folder name means none. It returns an error for a folder or font that cannot be read.
func NewLibrary(folder string) (*Library, error) {
	own, err := folderFonts(folder)
	if err != nil {
		return nil, err
	}
	scripts := []*Font{}
	for _, script := range []string{
		"Arabic", "Hebrew", "Thai", "Devanagari", "Bengali", "Tamil", "Georgian", "Armenian", "Symbols2",
	} {
		scripts = append(scripts, embedded(small, "fonts/NotoSans"+script+"-Regular.ttf"))
	}
	last := slices.Concat(scripts, own, largeFonts(), []*Font{embedded(small, "fonts/NotoEmoji-Regular.ttf")})
	return &Library{
		regular: append([]*Font{embedded(small, "fonts/NotoSans-Regular.ttf")}, last...),
		bold:    append([]*Font{embedded(small, "fonts/NotoSans-Bold.ttf")}, last...),
	}, nil
}

func folderFonts(folder string) (out []*Font, err error) {
	if folder == "" {
		return nil, nil
	}
	files, err := fs.Glob(os.DirFS(folder), "*.ttf")
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("the folder %s has no TrueType font (*.ttf)", folder)
	}
	for _, file := range files {
		f := newFont(file, func() ([]byte, error) { return fs.ReadFile(os.DirFS(folder), file) })
		p, err := f.load()
		if err != nil {
			return nil, err
		}
		if _, err := readTables(p.raw); err != nil {
			return nil, fmt.Errorf("the font %s: %w", file, err)
		}
		out = append(out, f)
	}
	return out, nil
}

// Lacks returns those of Chinese, Japanese and Korean whose fonts the build leaves out and that no font of the folder
// has. Their characters are replaced by U+FFFD. Other scripts without a font are not returned.
func (l *Library) Lacks() (scripts []string) {
	samples := map[string]rune{"Chinese": '漢', "Japanese": 'の', "Korean": '한'}
	for _, script := range leftOut() {
		if l.find(l.regular, samples[script]) == nil {
			scripts = append(scripts, script)
		}
	}
	return scripts
}

// find returns the first font with a character, or nil.
func (l *Library) find(fonts []*Font, r rune) *Font {
	for _, f := range fonts {
		if p, err := f.load(); err == nil {
			if _, ok := p.font.NominalGlyph(r); ok {
				return f
			}
		}
	}
	return nil
}
