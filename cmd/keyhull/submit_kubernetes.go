package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newSubmitKubernetesCommand(e *env) *cobra.Command {
	s := &submitCommand{env: e}
	var resources []string
	cmd := &cobra.Command{
		Use:   "kubernetes [flags] -- COMMAND …",
		Short: "Print a Kubernetes Job that computes a command's cells",
		Long: `Print the manifest of an Indexed Job that computes the cells of a command, for
kubectl apply -f -. Its pods need the folder of --out, and what the command
reads, at the same paths as here, from the volume claim of --claim. The plan is
written into the folder, unless it is a dry run. When the Job has ended, keyhull
resume DIR finishes; the same submit again has what is missing computed anew.`,
		Example: "  keyhull submit kubernetes --image I --claim C --mount /d -- heatmap --out /d/h",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := s.checkPods(resources); err != nil {
				return err
			}
			return s.kubernetes(cmd.Context(), args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.BoolVar(&s.dryRun, "dry-run", false, "print it, and write no plan")
	flags.StringVar(&s.pods.Image, "image", "", "an `IMAGE` with keyhull")
	flags.StringVar(&s.pods.Program, "program", "keyhull", "`PATH` of keyhull in it")
	flags.StringVar(&s.pods.Claim, "claim", "", "the volume `CLAIM` that holds --out")
	flags.StringVar(&s.pods.Mount, "mount", "", "`PATH` where it is mounted")
	flags.StringSliceVar(&resources, "resources", nil, "what a pod needs, as `cpu=2,memory=4Gi`")
	s.register(cmd)
	return cmd
}

func (s *submitCommand) checkPods(resources []string) error {
	for flag, value := range map[string]string{"image": s.pods.Image, "claim": s.pods.Claim, "mount": s.pods.Mount} {
		if value == "" {
			return usagef("see keyhull submit kubernetes --help", "--image, --claim and --mount are needed: --%s is missing", flag)
		}
	}
	s.pods.Resources = map[string]string{}
	for _, r := range resources {
		name, amount, ok := strings.Cut(r, "=")
		if !ok {
			return usagef("for example --resources cpu=2,memory=4Gi", "--resources: %q is no NAME=AMOUNT", r)
		}
		s.pods.Resources[name] = amount
	}
	return nil
}

func (s *submitCommand) kubernetes(ctx context.Context, args []string) error {
	if err := s.check(args); err != nil {
		return err
	}
	p, missing, err := s.plan(ctx, args, func(*planned) error { return nil })
	if err != nil || len(missing) == 0 {
		return err
	}
	next := p.folder.Next
	if s.dryRun {
		next = p.folder.Preview
	}
	a, _, err := next(p.Plan, missing)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(s.env.out, s.pods.Manifest(p.folder, p.Plan, a))
	return err
}
