package report

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// command is a letter of an SVG path and its numbers.
var command = regexp.MustCompile(`([MLQCAZ])([^MLQCAZ]*)`)

// compact writes a path of package figure, whose numbers are absolute, in fewer
// bytes: to a hundredth of a point, and lines by their differences. Rounded
// places do not add up to more than that.
func compact(d string) string {
	var out strings.Builder
	var x, y int // where the pen is, in hundredths
	last := ""
	for _, c := range command.FindAllStringSubmatch(d, -1) {
		letter, v := c[1], hundredths(c[2])
		to := v
		if letter == "L" && len(v) == 2 {
			letter, to = "l", []int{v[0] - x, v[1] - y}
		}
		if letter != "l" || last != "l" { // which goes on until another letter
			out.WriteString(letter)
			last = ""
		}
		writeNumbers(&out, to, last == "l")
		if len(v) >= 2 {
			x, y = v[len(v)-2], v[len(v)-1]
		}
		last = letter
	}
	return out.String()
}

// hundredths of the numbers in a text.
func hundredths(text string) (list []int) {
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		v, _ := strconv.ParseFloat(s, 64)
		list = append(list, int(math.Round(100*v)))
	}
	return list
}

// writeNumbers writes hundredths with as few signs as SVG allows, after a number
// or a letter.
func writeNumbers(out *strings.Builder, list []int, goesOn bool) {
	for i, v := range list {
		text := strconv.FormatFloat(float64(v)/100, 'f', -1, 64)
		switch {
		case strings.HasPrefix(text, "0."):
			text = text[1:]
		case strings.HasPrefix(text, "-0."):
			text = "-" + text[2:]
		}
		if (i > 0 || goesOn) && text[0] != '-' {
			out.WriteByte(' ')
		}
		out.WriteString(text)
	}
}
