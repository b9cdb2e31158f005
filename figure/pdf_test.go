package figure

import (
	"image/color"
	"testing"
)

func TestCodePage(t *testing.T) {
	if got, want := codePage("11° – −1 √☃…"), "11\xb0 \x96 -1 ??\x85"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTranslucentColoursStayLight(t *testing.T) {
	r, g, b, a := straight(color.NRGBA{0xff, 0x80, 0, 0x40}).RGBA()
	if r != 0xffff || g != 0x8080 || b != 0 || a != 0x4040 {
		t.Errorf("%x %x %x %x", r, g, b, a)
	}
}
