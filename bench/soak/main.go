//go:build linux

// Command soak works with keyhull for an hour, or as long as it is told, and
// does it harm all the time: one server on the folder where runs are written,
// with viewers, decisions and clients that mean no good; and round after round of
// each command, killed, interrupted, on a full disk, two at once, from damaged
// files, and through a real Slurm if there is one. Each result is compared, byte
// for byte, with that of the same command which nothing disturbed.
//
//	go build ./cmd/keyhull && go run ./bench/soak -keyhull ./keyhull -for 1h -out soak
//
// The folder of -out gets log.txt (a line an event), samples.csv (the server's
// memory, descriptors, threads, the disk), processes.csv (each process with its
// peak of memory) and summary.txt. The exit code is 1 if anything differed or
// grew. What is done to whom follows from -seed; the moments depend on the
// machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

var (
	program   = flag.String("keyhull", "", "the program")
	lasts     = flag.Duration("for", time.Hour, "how long")
	out       = flag.String("out", "soak", "a new folder for everything")
	seed      = flag.Uint64("seed", 1, "what is done to whom follows from it")
	load      = flag.Float64("load", 0.35, "of one core, on average; the work rests as long as it takes")
	slurmConf = flag.String("slurm-conf", "", "slurm.conf of a Slurm that may be harmed; KEYHULL_SLURM may name a script that kills and starts its nodes")
)

// soak is one run of this program.
type soak struct {
	*journal
	keyhull, dir string
	rng          *rand.Rand // of the goroutine that works
	began        time.Time
	end          time.Time
	works        []*work
	server       *server
	slurm        *slurm // nil without
	took         processes
	samples      samples
	answer       string // of the server, to the keys that it decides
}

func main() {
	log.SetFlags(0)
	flag.Parse()
	if *program == "" {
		log.Fatal("give -keyhull PROGRAM")
	}
	s := begin()
	s.references()
	s.began = time.Now()
	s.end = s.began.Add(*lasts)
	s.took.forget() // of what nothing disturbed
	s.serve()
	ctx, cancel := context.WithDeadline(context.Background(), s.end)
	defer cancel()
	var group sync.WaitGroup
	s.clients(ctx, &group)
	group.Go(func() { s.sample(ctx) })
	if *slurmConf != "" {
		s.slurm = newSlurm(s, *slurmConf)
		group.Go(func() { s.slurm.work(ctx) })
	}
	for ctx.Err() == nil {
		s.inRound(ctx, s.round.Add(1))
	}
	group.Wait()
	s.stopServer()
	if !s.judge() {
		os.Exit(1)
	}
}

// begin makes the folders and what works read.
func begin() *soak {
	dir, err := filepath.Abs(*out)
	must(err)
	must(os.Mkdir(dir, 0o777))
	for _, name := range []string{"runs", "tmp", "inputs", "undisturbed"} {
		must(os.Mkdir(filepath.Join(dir, name), 0o777))
	}
	path, err := filepath.Abs(*program)
	must(err)
	s := &soak{journal: newJournal(filepath.Join(dir, "log.txt")), keyhull: path, dir: dir, rng: rand.New(rand.NewPCG(*seed, 1))}
	s.began = time.Now()
	version, err := exec.Command(path, "version").Output()
	must(err)
	s.say("seed %d, %v, %d cores\n%s", *seed, *lasts, runtime.NumCPU(), version)
	s.inputs()
	return s
}

// rest waits until, since the beginning, this program, its children and the
// server have used no more of a core than they may.
func (s *soak) rest(ctx context.Context) {
	for ctx.Err() == nil && s.used() > *load*time.Since(s.began).Seconds() {
		time.Sleep(200 * time.Millisecond)
	}
}

func (s *soak) used() float64 {
	total := s.server.cpu()
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			total += seconds(u.Utime) + seconds(u.Stime)
		}
	}
	return total
}

func seconds(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }

func must(err error) {
	if err != nil {
		log.Fatal(fmt.Errorf("soak: %w", err))
	}
}
