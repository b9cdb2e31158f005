package sweep

import (
	"fmt"
	"strings"
)

// A script is one job of Slurm. Its first lines are options that sbatch reads.
// The log's folder is there before the script is handed in: without it a task
// dies with no word. The last line is exec, so that signals and exit codes are
// the program's own.
func (s Slurm) script(f Folder, p *Plan, name string, extra []string, command string) string {
	options := append([]string{"--job-name=" + name, "--chdir=" + f.in(""), "--open-mode=append"}, extra...)
	var b strings.Builder
	b.WriteString("#!/bin/sh\n")
	for _, o := range append(options, p.Options.Sbatch...) {
		fmt.Fprintf(&b, "#SBATCH %s\n", sbatchQuoted(o))
	}
	if p.Kernels != "" {
		fmt.Fprintf(&b, "export KEYHULL_CPU=%s\n", p.Kernels)
	}
	fmt.Fprintf(&b, "exec %s %s\n", shellQuoted(s.Program), command)
	return b.String()
}

// signalled is how long before its time limit a task is told to leave.
const signalled = "--signal=B:USR1@90"

// arrayScript runs tasks First, First+1, … of an attempt. Indices are dense and
// begin at 0: that is all an array can be relied on for.
func (s Slurm) arrayScript(f Folder, p *Plan, attempt int, a Array) string {
	array := fmt.Sprintf("--array=0-%d", a.Tasks-1)
	if p.Options.AtOnce > 0 {
		array += fmt.Sprintf("%%%d", p.Options.AtOnce)
	}
	return s.script(f, p, a.Name, []string{array, "--output=logs/%A_%a.log", "--requeue", signalled},
		fmt.Sprintf("task %s --attempt %d --first %d", shellQuoted(string(f)), attempt, a.First))
}

// collectScript runs when every task of the arrays has ended, whatever came out.
func (s Slurm) collectScript(f Folder, p *Plan, attempt int, name string, after []Array) string {
	wait := "--dependency=afterany"
	for _, a := range after {
		wait += ":" + a.ID
	}
	return s.script(f, p, name, []string{wait, "--output=logs/collect-%j.log", "--requeue"},
		fmt.Sprintf("collect %s --attempt %d", shellQuoted(string(f)), attempt))
}

// shellQuoted is a word as a shell reads it.
func shellQuoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// sbatchQuoted is an option as sbatch reads it from a script.
func sbatchQuoted(option string) string {
	if !strings.ContainsAny(option, " \t\"'\\#") {
		return option
	}
	name, value, ok := strings.Cut(option, "=")
	if !ok {
		return option
	}
	return name + `="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// arrays cuts an attempt's tasks into arrays of at most so many.
func arrays(p *Plan, a Attempt, most int) (list []Array) {
	for first := 0; first < a.Tasks; first += most {
		list = append(list, Array{Name: fmt.Sprintf("keyhull-%s-%d.%d", p.Run, a.Number, len(list)), First: first, Tasks: min(most, a.Tasks-first)})
	}
	return list
}

func collectorName(p *Plan, attempt, nth int) string {
	return fmt.Sprintf("keyhull-%s-%d.collect-%d", p.Run, attempt, nth)
}
