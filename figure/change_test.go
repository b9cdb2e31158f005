package figure_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// change alters the number at which the countdown ends and returns its path;
// whole numbers grow by one, others shrink, so that weights remain weights.
func change(node *any, countdown *int, path string) string {
	switch v := (*node).(type) {
	case float64:
		if *countdown--; *countdown >= 0 {
			return ""
		}
		switch {
		case v == 0 && !strings.Contains(path, "step") && !strings.Contains(path, "distances") && !strings.HasSuffix(path, "seed"):
			*node = 0.05
		case v == math.Trunc(v):
			*node = v + 1
		default:
			*node = v * .9
		}
		return path
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			child := v[key]
			if at := change(&child, countdown, path+"."+key); at != "" {
				v[key] = child
				return at
			}
		}
	case []any:
		for i := range v {
			if at := change(&v[i], countdown, fmt.Sprintf("%s[%d]", path, i)); at != "" {
				return at
			}
		}
	}
	return ""
}
