package sweep

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Kubernetes says how pods see the folder of a plan.
type Kubernetes struct {
	Image     string // has Program
	Program   string // "keyhull", or its path in the image
	Claim     string // the persistent volume claim that holds the folder
	Mount     string // where it is mounted: the path that the plan's folders have here
	Resources map[string]string
}

// Manifest is an Indexed Job that runs an attempt's tasks: a pod takes its index
// from JOB_COMPLETION_INDEX. A task that fails is tried again, as often as the
// plan says, and does not keep the others from being run (Kubernetes 1.33, or
// 1.29 and its feature gate). It is YAML whose words are JSON strings.
func (k Kubernetes) Manifest(f Folder, p *Plan, a Attempt) string {
	var b strings.Builder
	line := func(indent int, format string, args ...any) {
		fmt.Fprintf(&b, strings.Repeat("  ", indent)+format+"\n", args...)
	}
	line(0, "apiVersion: batch/v1\nkind: Job")
	line(0, "metadata:\n  name: %s", quoted(fmt.Sprintf("keyhull-%s-%d", p.Run, a.Number)))
	line(0, "spec:\n  completionMode: Indexed")
	line(1, "completions: %d", a.Tasks)
	line(1, "parallelism: %d", k.parallelism(p, a))
	line(1, "backoffLimitPerIndex: %d", p.Options.Attempts-1)
	line(1, "maxFailedIndexes: %d", a.Tasks)
	line(1, "template:\n    spec:\n      restartPolicy: Never")
	line(3, "terminationGracePeriodSeconds: 90")
	line(3, "containers:\n      - name: task\n        image: %s", quoted(k.Image))
	line(4, "command: [%s, \"task\", %s, \"--attempt\", \"%d\"]", quoted(k.Program), quoted(string(f)), a.Number)
	line(4, "env:\n        - name: KEYHULL_CPU\n          value: %s", quoted(p.Kernels))
	k.resources(line)
	line(4, "volumeMounts:\n        - name: results\n          mountPath: %s", quoted(k.Mount))
	line(3, "volumes:\n      - name: results\n        persistentVolumeClaim:\n          claimName: %s", quoted(k.Claim))
	return b.String()
}

func (k Kubernetes) parallelism(p *Plan, a Attempt) int {
	if p.Options.AtOnce > 0 {
		return min(p.Options.AtOnce, a.Tasks)
	}
	return a.Tasks
}

// resources asks for what a pod needs, if anything was said.
func (k Kubernetes) resources(line func(indent int, format string, args ...any)) {
	if len(k.Resources) == 0 {
		return
	}
	line(4, "resources:")
	for _, kind := range []string{"requests", "limits"} {
		line(5, "%s:", kind)
		for _, name := range sorted(k.Resources) {
			line(6, "%s: %s", quoted(name), quoted(k.Resources[name]))
		}
	}
}

func quoted(text string) string {
	q, err := json.Marshal(text)
	if err != nil {
		panic("internal error: " + err.Error())
	}
	return string(q)
}
