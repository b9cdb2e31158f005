//go:build !unix

package serve

import "time"

// processor is not known here.
func processor() time.Duration { return 0 }
