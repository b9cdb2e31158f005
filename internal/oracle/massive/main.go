// Massive decides a million random and adversarial key sets and looks for a
// wrong verdict:
//
//	go run ./internal/oracle/massive -instances 1000000 -seed 1 -workers 2
//
// Each certificate is checked by package cert, permuted and mapped copies are
// decided and compared key by key, and some of the small sets are compared with
// an exact brute force. The table says, for each family, which rung of the
// ladder decided the keys and what it cost.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"keyhull/internal/oracle"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// plan is what to check: instances from … from+instances−1 of a seed.
type plan struct {
	instances, from int
	seed            uint64
	workers         int
	brute           int // every so-maniest round of families goes to the oracle
	family          string
}

func run(args []string, stdout, stderr io.Writer) int {
	var p plan
	flags := flag.NewFlagSet("massive", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&p.instances, "instances", 1_000_000, "check `N` instances")
	flags.IntVar(&p.from, "from", 0, "begin with instance `I`")
	flags.Uint64Var(&p.seed, "seed", 1, "of all random numbers")
	flags.IntVar(&p.workers, "workers", runtime.GOMAXPROCS(0), "check `N` instances at once")
	flags.IntVar(&p.brute, "brute", 50, "compare every `K`-th instance of a family, where small, with exact brute force")
	flags.StringVar(&p.family, "family", "", "only instances of this `NAME`")
	if flags.Parse(args) != nil {
		return 2
	}
	if p.instances < 1 || p.workers < 1 || p.brute < 1 {
		fmt.Fprintln(stderr, "error: -instances, -workers, -brute: want numbers ≥ 1")
		return 2
	}
	debug.SetGCPercent(400) // many short-lived numbers, little memory
	start := time.Now()
	tallies := p.check(stderr)
	return report(stdout, tallies, time.Since(start))
}

// check runs the plan and returns one tally a family. Workers take instances
// as they come; the sums do not depend on who took which.
func (p *plan) check(progress io.Writer) []tally {
	total := make([]tally, len(oracle.Families))
	var next atomic.Int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	next.Store(int64(p.from))
	for range p.workers {
		wg.Go(func() {
			own := make([]tally, len(total))
			for i := int(next.Add(1)) - 1; i < p.from+p.instances; i = int(next.Add(1)) - 1 {
				p.one(i, own)
				if done := i - p.from + 1; done%20_000 == 0 {
					fmt.Fprintf(progress, "%d of %d instances\n", done, p.instances)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for f := range total {
				total[f].add(&own[f])
			}
		})
	}
	wg.Wait()
	return total
}

// one checks instance i.
func (p *plan) one(i int, own []tally) {
	f, turn := turnOf(i)
	name := oracle.Families[f].Name
	if p.family != "" && p.family != name {
		return
	}
	in := oracle.New(name, p.seed<<32+uint64(i))
	c := check{in: &in, t: &own[f], index: i}
	c.run(turn, p.brute)
}

// turnOf gives instance i to a family, as its so-maniest turn. Families take
// turns in rounds; who has a turn in some rounds only is replaced in the others.
func turnOf(i int) (family, turn int) {
	n := len(oracle.Families)
	family, round := i%n, i/n
	every := oracle.Families[family].Every
	if round%every == 0 {
		return family, round / every
	}
	for oracle.Families[round%n].Every > 1 {
		round /= 2
	}
	return round % n, round
}
