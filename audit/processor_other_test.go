//go:build !unix

package audit

func processor() float64 { return 0 }
