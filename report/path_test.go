package report

import "testing"

func TestCompact(t *testing.T) {
	for d, want := range map[string]string{
		"M44,282L68,282.004L67.5,281.5Z":                  "M44 282l24 0-.5-.5Z",
		"M0.123,-0.456L0.119,-1":                          "M.12-.46l0-.54",
		"M1,2A3.5,3.5 0 1 1 4,2A3.5,3.5 0 1 1 1,2L1,3":    "M1 2A3.5 3.5 0 1 1 4 2A3.5 3.5 0 1 1 1 2l0 1",
		"M1,2C1.001,2,3,4,100.129,6L100.13,6":             "M1 2C1 2 3 4 100.13 6l0 0",
		"M0,0L0.004,0L0.008,0L0.012,0L0.016,0L0.02,0L5,5": "M0 0l0 0 .01 0 0 0 .01 0 0 0 4.98 5",
	} {
		if got := compact(d); got != want {
			t.Errorf("%s becomes %s, want %s", d, got, want)
		}
	}
}
