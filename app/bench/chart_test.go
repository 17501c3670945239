//go:build bench

package bench_test

import (
	"fmt"
	"slices"
	"strings"
)

const svgStart = `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" ` +
	`font-family="sans-serif" font-size="13">` + "\n"

// chart returns an SVG of the ratios as bars, each with its goal.
func chart(figures []figure) string {
	const row, left, wide = 34, 520, 420
	ratios := slices.DeleteFunc(slices.Clone(figures), func(f figure) bool { return f.Unit != "ratio" })
	scale := 1.0
	for _, f := range ratios {
		scale = max(scale, f.Value, f.Goal)
	}
	at := func(v float64) float64 { return left + wide*v/scale }
	var out strings.Builder
	fmt.Fprintf(&out, svgStart, left+wide+80, row*len(ratios)+20)
	for i, f := range ratios {
		y, colour := float64(10+row*i), "#3a7d44"
		if !f.met() {
			colour = "#b5482a"
		}
		fmt.Fprintf(&out, `<text x="8" y="%.0f">%s %s</text>`+
			`<rect x="%d" y="%.0f" width="%.1f" height="18" fill="%s"/><text x="%.1f" y="%.0f">%.2f</text>`+"\n",
			y+14, f.Name, f.What, left, y, at(f.Value)-left, colour, at(f.Value)+6, y+14, f.Value)
		if f.Goal > 0 {
			fmt.Fprintf(&out, `<line x1="%.1f" y1="%.0f" x2="%.1f" y2="%.0f" stroke="#222" stroke-width="2"/>`+"\n",
				at(f.Goal), y-3, at(f.Goal), y+21)
		}
	}
	out.WriteString("</svg>\n")
	return out.String()
}

// curve returns an SVG of the rates of completed and rejected checkouts by the offered rate.
func curve(points []point) string {
	const left, top, wide, high = 60, 20, 520, 240
	scale := 1.0
	for _, p := range points {
		scale = max(scale, p.Done, p.Shed)
	}
	x := func(p point) float64 { return left + wide*p.Offered/points[len(points)-1].Offered }
	y := func(v float64) float64 { return top + high*(1-v/scale) }
	var out, done, shed strings.Builder
	fmt.Fprintf(&out, svgStart, left+wide+150, top+high+50)
	fmt.Fprintf(&out, `<path d="M%d %d V%d H%d" fill="none" stroke="#222"/>`+"\n", left, top, top+high, left+wide)
	for _, p := range points {
		fmt.Fprintf(&out, `<text x="%.0f" y="%d" text-anchor="middle">%.1f×</text>`+"\n", x(p), top+high+18, p.Offered)
		fmt.Fprintf(&done, "%.1f,%.1f ", x(p), y(p.Done))
		fmt.Fprintf(&shed, "%.1f,%.1f ", x(p), y(p.Shed))
	}
	fmt.Fprintf(&out, `<text x="%d" y="%d" text-anchor="middle">checkouts offered, in times of the capacity</text>`+"\n",
		left+wide/2, top+high+40)
	fmt.Fprintf(&out, `<text x="%d" y="%.1f" text-anchor="end">%.0f/s</text>`+
		`<text x="%d" y="%d" text-anchor="end">0</text>`+"\n", left-6, y(scale)+5, scale, left-6, top+high)
	last := points[len(points)-1]
	for _, line := range []struct {
		name, colour, at string
		end              float64
	}{
		{"done", "#3a7d44", done.String(), y(last.Done)},
		{"rejected", "#b5482a", shed.String(), y(last.Shed)},
	} {
		fmt.Fprintf(&out, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+
			`<text x="%d" y="%.1f" fill="%s">%s</text>`+"\n",
			strings.TrimSpace(line.at), line.colour, left+wide+8, line.end+5, line.colour, line.name)
	}
	out.WriteString("</svg>\n")
	return out.String()
}
