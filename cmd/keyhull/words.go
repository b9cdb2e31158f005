package main

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// count returns "1 key" or "2 keys".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// percent never shows some as none, nor nearly all as all.
func percent(n, of int) string {
	switch p := 100 * float64(n) / float64(max(of, 1)); {
	case n > 0 && p < 0.05:
		return " <0.1 %"
	case n < of && p >= 99.95:
		return ">99.9 %"
	default:
		return fmt.Sprintf("%5.1f %%", p)
	}
}

// short writes a number with three digits that mean something.
func short(x float64) string { return fmt.Sprintf("%.3g", x) }

// wrap breaks text at spaces so that lines keep to the width; indent stands
// before every line but the first.
func wrap(text, indent string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		length := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+length > textWidth:
			b.WriteString("\n" + indent)
			column = utf8.RuneCountInString(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += length
	}
	return b.String()
}

// duration shows seconds with three digits, minutes as 2m3s.
func duration(seconds float64) string {
	switch {
	case seconds >= 60:
		return round(time.Duration(seconds * float64(time.Second)))
	case seconds >= 1:
		return short(seconds) + " s"
	case seconds >= 1e-3:
		return short(1e3*seconds) + " ms"
	}
	return short(1e6*seconds) + " µs"
}

// quote makes one word of a path for a shell.
func quote(path string) string {
	if strings.ContainsAny(path, " \t\n'\"\\$&;|<>()*?[]#~`!{}") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

// wrapFrom wraps text that begins at a column.
func wrapFrom(column int, text string) string {
	indent := strings.Repeat(" ", column)
	return strings.TrimPrefix(wrap(strings.Repeat("x", column-1)+" "+text, indent), strings.Repeat("x", column-1)+" ")
}
