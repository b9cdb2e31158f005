package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"keyhull/decide"
	"keyhull/weights"
)

// npy FILE TYPE SHAPE BYTES writes zeros as .npy: npy c.npy <c16 (2,2) 64. It
// leaves a hole where the zeros are, so that BYTES may be many.
func npy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: npy FILE TYPE SHAPE BYTES")
	}
	bytes, err := strconv.ParseInt(args[3], 10, 64)
	ts.Check(err)
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", args[1], args[2])
	head = fmt.Sprintf("\x93NUMPY\x01\x00\x76\x00%-117s\n", head)
	file := ts.MkAbs(args[0])
	ts.Check(os.WriteFile(file, []byte(head), 0o666))
	if err := os.Truncate(file, int64(len(head))+bytes); err != nil {
		ts.Fatalf("no file of %d bytes can be made here: %v", bytes, err)
	}
}

// safetensors FILE NAME=SHAPE… writes tensors of zeros, float32.
func safetensors(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: safetensors FILE NAME=SHAPE…")
	}
	header, end := map[string]any{}, 0
	for _, arg := range args[1:] {
		name, text, _ := strings.Cut(arg, "=")
		shape, total := shapeOf(ts, text)
		header[name] = map[string]any{"dtype": "F32", "shape": shape, "data_offsets": []int{end, end + 4*total}}
		end += 4 * total
	}
	text, err := json.Marshal(header)
	ts.Check(err)
	data := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	data = append(append(data, text...), make([]byte, end)...)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o666))
}

// dump FILE NAME=SHAPE… writes tensors of random numbers, float32.
func dump(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: dump FILE NAME=SHAPE…")
	}
	rng := rand.New(rand.NewPCG(1, 0))
	var tensors []weights.Tensor
	for _, arg := range args[1:] {
		name, text, _ := strings.Cut(arg, "=")
		shape, total := shapeOf(ts, text)
		data := make([]float32, total)
		for i := range data {
			data[i] = float32(rng.NormFloat64())
		}
		tensors = append(tensors, weights.Tensor{Name: name, Shape: shape, Data: data})
	}
	var b bytes.Buffer
	ts.Check(weights.WriteSafetensors(&b, tensors, nil))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// cut FROM TO BYTES copies a file without its last bytes.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: cut FROM TO BYTES")
	}
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	data := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(data[:len(data)-n]), 0o666))
}

// interrupt COMMAND… starts a command that would take long, sends it an
// interrupt like Ctrl-C, and wants exit code 130 and the one word.
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: interrupt COMMAND…")
	}
	path, err := lookIn(ts.Getenv("PATH"), args[0])
	ts.Check(err)
	cmd := &exec.Cmd{Path: path, Args: args, Dir: ts.Getenv("WORK")}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	ts.Check(cmd.Start())
	time.Sleep(1500 * time.Millisecond)
	ts.Check(cmd.Process.Signal(os.Interrupt))
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 || out.String() != "interrupted\n" {
		ts.Fatalf("exit code %d, printed %q", code, out.String())
	}
}

func lookIn(path, name string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
	}
	return "", fs.ErrNotExist
}

// A file that cannot be written to its end leaves the old one, and nothing else.
func TestReplaceFileFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "proof.json")
	if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	full := &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	err := replaceFile(path, func(w io.Writer) error {
		io.WriteString(w, "half of it")
		return full
	})
	if err == nil || err.Error() != path+": no space left on device" || !strings.Contains(hintOf(err), "disk is full") {
		t.Errorf("%v; %s", err, hintOf(err))
	}
	if text, _ := os.ReadFile(path); string(text) != "old" {
		t.Errorf("the old file is now %q", text)
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("%d files are left", len(list))
	}
	if err := replaceFile(path, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Error(err)
	}
	if text, _ := os.ReadFile(path); string(text) != "new" {
		t.Errorf("the file is now %q", text)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
		t.Errorf("permissions are now %v", info.Mode())
	}
}

// An interrupt while the certificates are written leaves nothing, nor does a
// look whether they may be written.
func TestCertificatesInterrupted(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "proof.json")
	found, e := &decide.Found{Sets: []decide.Answer{*square()}}, &env{err: io.Discard}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.writeCertificates(ctx, path, found); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := mayReplace(path, "keys.npy"); err != nil {
		t.Error(err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 0 {
		t.Errorf("%d files are left", len(list))
	}
	if err := e.writeCertificates(t.Context(), path, found); err != nil {
		t.Error(err)
	}
}

// A link stays a link; the file that it leads to is replaced.
func TestReplaceFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", link); err != nil {
		t.Skip(err)
	}
	if err := replaceFile(link, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	if text, _ := os.ReadFile(file); err != nil || info.Mode()&fs.ModeSymlink == 0 || string(text) != "new" {
		t.Errorf("%v %v, and the file holds %q", info, err, text)
	}
}
