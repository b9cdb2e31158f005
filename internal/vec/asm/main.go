// Command asm writes the assembler kernels of package vec, with the avo
// library; see the go:generate lines there. It is a module of its own so that
// programs that use vec need not fetch the generator.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

func main() {
	flags := flag.NewFlagSet("asm", flag.ExitOnError) // avo takes the default set
	level := flags.String("level", "avx2", "instruction set: avx2 or avx512")
	out := flags.String("out", "", "assembler `file` to write")
	stubs := flags.String("stubs", "", "Go declarations `file` to write")
	pkg := flags.String("pkg", "vec", "package of the declarations")
	flags.Parse(os.Args[1:])
	if err := run(*level, *out, *stubs, *pkg); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(level, out, stubs, pkg string) error {
	file, err := kernels(level == "avx512")
	if err != nil {
		return err
	}
	config := printer.Config{Name: "asm", Argv: []string{"asm", "-level", level}, Pkg: pkg}
	for path, print := range map[string]printer.Builder{out: printer.NewGoAsm, stubs: printer.NewStubs} {
		text, err := print(config).Print(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// kernels builds every kernel of a level: AVX-512 (F, DQ, BW, VL) if wide,
// AVX2 with FMA otherwise. Registers are allocated, labels resolved.
func kernels(wide bool) (*ir.File, error) {
	ctx := build.NewContext()
	for _, single := range []bool{true, false} {
		for _, queries := range groups(wide) {
			newScan(ctx, wide, single, queries).emit()
		}
	}
	emitTopLanes(ctx, wide)
	d := newDense(ctx, wide)
	d.pivot()
	d.matVec()
	d.dot()
	d.axpy()
	c := newColumns(ctx, wide)
	c.ranges()
	c.centre()
	newModular(ctx, wide).emit()
	newLanes(ctx, wide).emit()
	if wide {
		emitWalk(ctx)
		newCorral(ctx, 2).emit()
		newCorral(ctx, 4).emit()
	}
	file, err := ctx.Result()
	if err != nil {
		return nil, err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return nil, err
	}
	if !wide {
		err = checkVEX(file)
	}
	return file, err
}

// groups lists how many queries the scans of a level take at once: as many as
// keep the accumulators of one panel within the registers, and one.
func groups(wide bool) []int {
	if wide {
		return []int{1, 3, 12}
	}
	return []int{1, 3}
}
