package sweep

import (
	"fmt"
	"strconv"
	"strings"
)

// ranges writes growing numbers as "0-57,60".
func ranges(list []int) string {
	var text []byte
	for i := 0; i < len(list); {
		first := i
		for i++; i < len(list) && list[i] == list[i-1]+1; i++ {
		}
		if len(text) > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, int64(list[first]), 10)
		if i-first > 1 {
			text = strconv.AppendInt(append(text, '-'), int64(list[i-1]), 10)
		}
	}
	return string(text)
}

// numbers is the inverse of ranges, for numbers below n.
func numbers(text string, n int) (list []int, err error) {
	next := 0
	for part := range strings.SplitSeq(text, ",") {
		if text == "" {
			return nil, nil
		}
		a, b, span := strings.Cut(part, "-")
		if !span {
			b = a
		}
		first, err1 := strconv.Atoi(a)
		last, err2 := strconv.Atoi(b)
		if err1 != nil || err2 != nil || first < next || last < first || last >= n {
			return nil, fmt.Errorf("%q: want growing numbers below %d", part, n)
		}
		for i := first; i <= last; i++ {
			list = append(list, i)
		}
		next = last + 1
	}
	return list, nil
}
