package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// choice is a flag that takes one of a few words.
type choice struct {
	name  string // of the flag
	value *string
	words []string
}

func (c choice) String() string {
	if c.value == nil { // pflag asks a zero value
		return ""
	}
	return *c.value
}

func (c choice) Type() string { return strings.ToUpper(c.name) }

func (c choice) Set(word string) error {
	if !slices.Contains(c.words, word) {
		return fmt.Errorf("want one of %s", strings.Join(c.words, ", "))
	}
	*c.value = word
	return nil
}

// choiceFlag adds the flag --name, which takes one of the words ("a, b, c"),
// with completion. The value is preset if the flag is not given. The usage
// should name the words.
func choiceFlag(cmd *cobra.Command, value *string, name, preset, words, usage string) {
	c := choice{name, value, strings.Split(words, ", ")}
	*value = preset
	cmd.Flags().Var(c, name, usage)
	complete := cobra.FixedCompletions(c.words, cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc(name, complete); err != nil {
		panic(err)
	}
}
