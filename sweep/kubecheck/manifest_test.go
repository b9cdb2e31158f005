// Package kubecheck holds the manifest that keyhull prints against the types and
// rules of Kubernetes. It is a module of its own, so that these stay out of the
// main go.mod.
package kubecheck

import (
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"keyhull/sweep"
)

// TestManifest decodes manifests strictly: a field that Kubernetes does not know,
// or a value of another type, is an error. The rest are rules that its API server
// has for Indexed Jobs.
func TestManifest(t *testing.T) {
	for _, k := range []sweep.Kubernetes{
		{Image: "lab/keyhull:1.2", Program: "keyhull", Claim: "scratch", Mount: "/scratch"},
		{Image: "lab/keyhull", Program: "/opt/my tools/keyhull", Claim: "c-1", Mount: "/data", Resources: map[string]string{"cpu": "2", "memory": "4Gi", "nvidia.com/gpu": "1"}},
	} {
		for _, dir := range []string{"/scratch/out", `/data/it's "new": #1 ü`} {
			p := &sweep.Plan{Run: "3f9c1a2b", Kernels: "avx2", Options: sweep.Options{Attempts: 3, AtOnce: 4}}
			check(t, k, dir, p, sweep.Attempt{Number: 2, Tasks: 12})
		}
	}
}

func check(t *testing.T, k sweep.Kubernetes, dir string, p *sweep.Plan, a sweep.Attempt) {
	t.Helper()
	text := k.Manifest(sweep.Folder(dir), p, a)
	var job batch.Job
	if err := yaml.UnmarshalStrict([]byte(text), &job, yaml.DisallowUnknownFields); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	spec, pod := job.Spec, job.Spec.Template.Spec
	if job.APIVersion != "batch/v1" || job.Kind != "Job" || len(validation.IsDNS1123Label(job.Name)) > 0 {
		t.Errorf("%s %s %q", job.APIVersion, job.Kind, job.Name)
	}
	if *spec.CompletionMode != batch.IndexedCompletion || *spec.Completions != 12 || *spec.Parallelism != 4 ||
		*spec.BackoffLimitPerIndex != 2 || *spec.MaxFailedIndexes > *spec.Completions || pod.RestartPolicy != core.RestartPolicyNever {
		t.Errorf("%+v", spec)
	}
	c := pod.Containers[0]
	want := []string{k.Program, "task", dir, "--attempt", "2"}
	for i, word := range want {
		if len(c.Command) != len(want) || c.Command[i] != word {
			t.Fatalf("command %q, want %q", c.Command, want)
		}
	}
	if c.Image != k.Image || c.VolumeMounts[0].MountPath != k.Mount || c.VolumeMounts[0].Name != pod.Volumes[0].Name || pod.Volumes[0].PersistentVolumeClaim.ClaimName != k.Claim {
		t.Errorf("%+v, %+v", c, pod.Volumes)
	}
	for name, amount := range k.Resources {
		got := c.Resources.Requests[core.ResourceName(name)]
		if got.String() != amount || len(validation.IsQualifiedName(name)) > 0 {
			t.Errorf("%s: %s, want %s", name, got.String(), amount)
		}
	}
}
