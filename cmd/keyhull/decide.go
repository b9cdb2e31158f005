package main

import "github.com/spf13/cobra"

func newDecideCommand(e *env) *cobra.Command { return &cobra.Command{Use: "decide FILE"} }
