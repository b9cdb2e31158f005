// Command serve_load measures keyhull serve under load: viewers of one run that
// grows, decisions, and clients that mean no good, all at once.
//
//	go build ./cmd/keyhull && go run ./bench/serve_load -keyhull ./keyhull
//
// The server is a process of its own; this one shares the cores with it.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"keyhull/run"
)

var (
	binary   = flag.String("keyhull", "", "the program to measure")
	viewers  = flag.Int("viewers", 500, "streams of the run")
	deciders = flag.Int("deciders", 100, "decisions at once")
	keys     = flag.Int("keys", 1024, "keys in each")
	dim      = flag.Int("dim", 8, "their coordinates")
	query    = flag.String("query", "", "parameters of a decision, for example margins=bound")
	hostile  = flag.Int("hostile", 50, "slow readers, and as many slow bodies")
	pause    = flag.Duration("pause", time.Second, "between bursts of decisions, all clients at once")
	every    = flag.Duration("every", 0, "each client asks so often, at a time of its own, instead of bursts")
	lasts    = flag.Duration("time", 15*time.Second, "of the measurement")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	if *binary == "" {
		log.Fatal("give -keyhull PROGRAM")
	}
	dir, err := os.MkdirTemp("", "serve_load")
	must(err)
	defer os.RemoveAll(dir)
	logs := begin(dir)
	address, server := serve(dir)
	defer server.Process.Kill()

	ctx, cancel := context.WithCancel(context.Background())
	streams := &tally{name: "events"}
	var group sync.WaitGroup
	start := time.Now()
	for range *viewers {
		group.Go(func() { view(ctx, address, streams) })
	}
	for range *hostile {
		group.Go(func() { readNothing(ctx, address) })
		group.Go(func() { sendSlowly(ctx, address) })
	}
	streams.wait(*viewers)
	fmt.Printf("%d viewers and %d hostile clients connected in %v\n", *viewers, 2**hostile, time.Since(start).Round(time.Millisecond))

	alone := cpu(server.Process.Pid)
	quiet := grow(logs, 5*time.Second)
	fmt.Printf("viewers alone: server used %.1f %% of a core; a step costs the run %v to log\n", 100*(cpu(server.Process.Pid)-alone)/5, quiet)
	streams.forget()

	decisions := &tally{name: "decisions"}
	ends, stop := context.WithTimeout(ctx, *lasts)
	defer stop()
	before := cpu(server.Process.Pid)
	go grow(logs, *lasts)
	decide(ends, address, decisions)
	decisions.print()
	fmt.Printf("server used %.2f ms of a core for each decision, viewers included\n", 1000*(cpu(server.Process.Pid)-before)/float64(max(len(decisions.times), 1)))
	streams.print()
	fmt.Printf("server: %s resident, at most %s\n", memory(server.Process.Pid, "VmRSS"), memory(server.Process.Pid, "VmHWM"))
	cancel()
	group.Wait()
	must(server.Process.Signal(os.Interrupt))
	begun := time.Now()
	server.Wait()
	fmt.Printf("ended by Ctrl-C in %v with exit code %d\n", time.Since(begun).Round(time.Millisecond), server.ProcessState.ExitCode())
}

// begin makes a run of one seed.
func begin(dir string) *run.Log {
	folder, err := run.OpenFolder(filepath.Join(dir, "load"), map[string]int{"steps": 1e6})
	must(err)
	l, err := folder.Seed(1)
	must(err)
	_, err = l.Start(run.Checkpoint{})
	must(err)
	return l
}

var step int

// grow logs a step ten times a second, with the time as a value, and returns how
// long logging one took.
func grow(l *run.Log, lasts time.Duration) time.Duration {
	var took time.Duration
	n := 0
	for end := time.Now().Add(lasts); time.Now().Before(end); n++ {
		step++
		at := time.Now()
		v := run.Values{"train_loss": 1 / float64(step), "written": float64(at.UnixMicro())}
		for i := range 40 { // as many as the majority task logs
			v[fmt.Sprintf("key_margin/%02d", i)] = float64(i) / 3
		}
		must(l.Step(step, v))
		took += time.Since(at)
		time.Sleep(100 * time.Millisecond)
	}
	return took / time.Duration(max(n, 1))
}

// serve starts the server and returns its address.
func serve(dir string) (string, *exec.Cmd) {
	cmd := exec.Command(*binary, "serve", dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(err)
	must(cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	must(err)
	return strings.TrimSuffix(strings.TrimSpace(line), "/"), cmd
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
