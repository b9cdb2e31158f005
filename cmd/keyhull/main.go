// Command keyhull decides which attention keys can never receive the highest
// attention, proves each answer, and reproduces the figures of the paper that
// asked. See keyhull help.
package main

import "os"

func main() {
	os.Exit(run(interruptible(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
