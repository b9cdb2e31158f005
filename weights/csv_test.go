package weights

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestCSV(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"commas", "1,2,3\n4,5,6\n"},
		{"no newline at the end", "1,2,3\n4,5,6"},
		{"Windows lines", "1,2,3\r\n4,5,6\r\n"},
		{"byte order mark", "\ufeff1,2,3\n4,5,6\n"},
		{"semicolons", "1;2;3\n4;5;6\n"},
		{"tabs", "1\t2\t3\n4\t5\t6\n"},
		{"blanks", "  1 2   3\n4  5 6  \n"},
		{"blanks around commas", " 1 , 2,3\n4 ,5, 6\n"},
		{"header", "x,y,z\n1,2,3\n4,5,6\n"},
		{"header in quotes with a comma", "\"x, left\",y,z\n1,2,3\n4,5,6\n"},
		{"comments and empty lines", "# keys\n\n1,2,3 # first\n  \n#\n4,5,6\n\n"},
		{"comment before the header", "# made today\nx y z\n1 2 3\n4 5 6"},
		{"quoted numbers", "\"1\",\"2\",3\n4,\"5\",\" 6 \"\n"},
		{"many notations", "1e0,+2.0,0x1.8p1\n.4e1,5.,6E+0\n"},
	} {
		f, err := Open(save(t, "keys.csv", []byte(c.text)))
		if err != nil {
			t.Error(c.name, err)
			continue
		}
		m, err := f.Matrix("")
		if err != nil || m.Sets != 1 || m.N != 2 || m.Dim != 3 || !slices.Equal(m.F64, []float64{1, 2, 3, 4, 5, 6}) {
			t.Error(c.name, m, err)
		}
		f.Close()
	}
}

func TestCSVSpecialValues(t *testing.T) {
	m, err := open(t, save(t, "keys.csv", []byte("0.1 nan -inf\n-0 1e-400 5e-324"))).Matrix("")
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{0.1, math.NaN(), math.Inf(-1), math.Copysign(0, -1), 0, 5e-324}
	if !slices.EqualFunc(m.F64, want, same) {
		t.Error(m.F64)
	}
}

func TestBadCSV(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"1,2\n3,4,5\n", "line 2 has 3 columns, line 1 has 2"},
		{"x,y\n\n1,2,3\n", "line 3 has 3 columns, line 1 has 2"},
		{"1 2\n3\n", "line 2 has 1 column, line 1 has 2"},
		{"1,2\n3,x y\n", `line 2, column 2: "x y" is not a number`},
		{"1,2\na,b\n", `line 2, column 1: "a" is not a number`},
		{"id,7\n1,2\n", `line 1, column 1: "id" is not a number`},
		{",0,1\n0,5,6\n", "line 1, column 1: the cell is empty"},
		{"1,2,\n", "line 1, column 3: the cell is empty"},
		{"1,5;2,5\n", `line 1, column 1: "1,5" is not a number`},
		{"1,2\n3,1e999\n", "line 2, column 2: 1e999 is too large for float64"},
		{"1,2\n3,\"4\n", "line 2: a quote is not closed"},
		{"1.2.3 x\n1 2\n", `line 1, column 1: "1.2.3" is not a number`},
		{"1,2\n3,0x10\n", `"0x10" is not a number`},
		{"x,y\n", "is empty"},
		{"\n\n# nothing\n", "is empty"},
		{"\xff\xfe1\x00", "UTF-16"},
		{"1,\x00\xfe\n", `column 2: "\x00\xfe" is not a number`},
		{"1,2\n3," + strings.Repeat("z", 1000), `is not a number`},
		{strings.Repeat("1 ", lineMost/2+1), "line 1 is longer than 64.0 MiB"},
	} {
		_, err := Open(save(t, "keys.csv", []byte(c.text)))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Msg, c.want) || e.Hint == "" || len(e.Msg) > 300 || strings.Contains(e.Msg, "\n") {
			t.Errorf("%.40q: %v", c.text, err)
		}
	}
}
