package main

import "github.com/spf13/cobra"

func newVerifyCommand(e *env) *cobra.Command { return &cobra.Command{Use: "verify FILE CERTIFICATES"} }
