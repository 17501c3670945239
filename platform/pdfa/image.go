package pdfa

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // the formats of logos
	_ "image/png"
)

// maxPixels bounds the memory that an image takes.
const maxPixels = 4 << 20

// Image is a picture on white. It is safe for concurrent use.
type Image struct {
	Width, Height int
	rgb           []byte
}

// ReadImage reads a PNG or JPEG of at most four million pixels. Transparent parts become white.
func ReadImage(raw []byte) (*Image, error) {
	size, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read the image: %w", err)
	}
	if size.Width*size.Height > maxPixels || size.Width < 1 || size.Height < 1 {
		return nil, fmt.Errorf("read the image: %d × %d pixels are more than %d", size.Width, size.Height, maxPixels)
	}
	source, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read the image: %w", err)
	}
	canvas := image.NewRGBA(image.Rect(0, 0, size.Width, size.Height))
	draw.Draw(canvas, canvas.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(canvas, canvas.Bounds(), source, source.Bounds().Min, draw.Over)
	out := &Image{Width: size.Width, Height: size.Height}
	for i := 0; i < len(canvas.Pix); i += 4 {
		out.rgb = append(out.rgb, canvas.Pix[i:i+3]...)
	}
	return out, nil
}

func (i *Image) write(o *objects) int {
	return o.stream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8",
		i.Width, i.Height), i.rgb)
}
