package report

import (
	"fmt"
	"math"
)

// rgb is a colour, 0 to 255 each.
type rgb [3]float64

// Ground and ink of figures on a dark page, as page/style.css has them.
var (
	darkGround = rgb{0x1c, 0x1f, 0x25}
	darkInk    = rgb{0xe6, 0xe8, 0xeb}
)

// What lines and marks have of contrast to a dark ground, and those through
// which the ground shines. WCAG 2.2 asks 3 of graphics (1.4.11).
const leastContrast, leastThrough = 4.5, 8

// onMark is the ink of text on a coloured mark, which stays.
var onMark = rgb{0x11, 0x11, 0x11}

// darkened is a colour of a figure on a dark page: greys go from ground to ink
// as they went from white to black, and what would hardly be seen becomes
// lighter. Areas keep their colour, which a scale beside them explains, and so
// does white text, which stands on colour.
func darkened(c rgb, kind string) rgb {
	white := rgb{255, 255, 255}
	switch {
	case c == onMark, kind == "text" && c == white:
		return c
	case c.grey():
		return mixed(darkGround, darkInk, min(1, (255-c[0])/(255-0x22)))
	case kind == "area":
		return c
	}
	least := leastContrast
	if kind == "faint" {
		least = leastThrough
	}
	for t := 0.0; ; t += 0.05 {
		if lighter := mixed(c, white, t); contrast(lighter, darkGround) >= least {
			return lighter
		}
	}
}

func (c rgb) grey() bool { return max(c[0], c[1], c[2])-min(c[0], c[1], c[2]) <= 6 }

// mixed goes from a to b as t goes from 0 to 1.
func mixed(a, b rgb, t float64) (c rgb) {
	for i := range c {
		c[i] = math.Round(a[i] + float64(t*(b[i]-a[i])))
	}
	return c
}

// contrast is that of WCAG 2.2, 1 to 21.
func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + .05) / (min(x, y) + .05)
}

func (c rgb) luminance() (sum float64) {
	for i, weight := range []float64{.2126, .7152, .0722} {
		v := c[i] / 255
		if v <= .04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+.055)/1.055, 2.4)
		}
		sum += float64(weight * v)
	}
	return sum
}

func hex(c rgb) string { return fmt.Sprintf("#%02x%02x%02x", int(c[0]), int(c[1]), int(c[2])) }
