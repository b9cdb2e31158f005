package serve

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhull/cert"
	"keyhull/cert/shortcut"
	"keyhull/decide"
	"keyhull/weights"
)

func gauss(n, d int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := make([]float32, n*d)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

func npy(t testing.TB, shape []int, data []float32) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, weights.WriteNPY(&b, shape, data))
	return b.Bytes()
}

var seconds = regexp.MustCompile(`"seconds":[^,]*`)

// The answer is what keyhull decide prints, to the byte but for the time, and
// its proofs hold.
func TestDecideIsTheCommands(t *testing.T) {
	_, addr := started(t, Options{Dir: t.TempDir()})
	x := gauss(60, 4, 1)
	m := &weights.Matrix{Sets: 1, N: 60, Dim: 4, F32: x}
	for query, opt := range map[string]decide.Options{
		"":                                 {Norm: decide.Norm{Kind: "none"}, Margins: "auto", MinMargin: 1e-6},
		"norm=layernorm":                   {Norm: decide.Norm{Kind: "layernorm", Reading: "affine"}, Margins: "auto", MinMargin: 1e-6},
		"norm=project&reading=ambient":     {Norm: decide.Norm{Kind: "project", Reading: "ambient"}, Margins: "auto", MinMargin: 1e-6},
		"norm=rmsnorm&eps=1e-5&causal=1":   {Norm: decide.Norm{Kind: "rmsnorm", Eps: 1e-5}, Margins: "auto", MinMargin: 1e-6, Causal: true},
		"margins=bound&min_margin=0.5":     {Norm: decide.Norm{Kind: "none"}, Margins: "bound", MinMargin: 0.5},
		"margins=none&best_attention=10.5": {Norm: decide.Norm{Kind: "none"}, Margins: "none", MinMargin: 1e-6, Radius: 10.5},
	} {
		found, err := decide.Matrix(t.Context(), "keys.npy", m, opt)
		must(t, err)
		var want bytes.Buffer
		must(t, found.WriteJSON(t.Context(), bufio.NewWriter(&want), func(int) {}))
		code, _, text := askRaw(t, addr, "POST", "/api/v1/decide?file=keys.npy&"+query, string(npy(t, []int{60, 4}, x)))
		if code != 200 || seconds.ReplaceAllString(text, "") != seconds.ReplaceAllString(want.String(), "") {
			t.Errorf("%s: %d %.300s\nwant %.300s", query, code, text, want.String())
			continue
		}
		var f cert.File
		must(t, json.Unmarshal([]byte(text), &f))
		keys, err := shortcut.NewKeys(decide.Rows(m, 0), 4, f.Norm, f.Reading, f.Eps)
		must(t, err)
		if failures, err := shortcut.Check(t.Context(), keys, &f.Sets[0], nil); err != nil || len(failures) > 0 {
			t.Errorf("%s: %v %v", query, err, failures)
		}
	}
}

// Keys come as JSON, as text, as one tensor of several, and as several sets.
func TestDecideForms(t *testing.T) {
	_, addr := started(t, Options{Dir: t.TempDir()})
	var z bytes.Buffer
	archive := zip.NewWriter(&z)
	for _, name := range []string{"a.npy", "b.npy"} {
		w, err := archive.Create(name)
		must(t, err)
		_, err = w.Write(npy(t, []int{2, 5, 2}, gauss(10, 2, 3)))
		must(t, err)
	}
	must(t, archive.Close())
	for _, c := range []struct{ query, kind, body, want string }{
		{"", "application/json", `{"keys":[[0,0],[1,0],[0,1],[0.2,0.2]]}`, `"interior":1`},
		{"", "application/json; charset=utf-8", `{"keys":[[1,2,3],[3,1,2]],"norm":"layernorm","eps":1e-5}`, `"reading":"affine"`},
		{"?file=k.csv", "text/csv", "0,0\n1,0\n0,1\n0.2,0.2\n", `"interior":1`},
		{"", "", "0 0\n1 0\n0 1\n0.2 0.2\n", `"interior":1`},
		{"?file=k.npz&tensor=b", "application/octet-stream", z.String(), `"tensor":"b"`},
	} {
		code, _, text := askRaw(t, addr, "POST", "/api/v1/decide"+c.query, c.body, "Content-Type: "+c.kind)
		if code != 200 || !strings.Contains(text, c.want) {
			t.Errorf("%s %s: %d %.200s", c.query, c.kind, code, text)
		}
	}
}

// Without certificates the answer has the same verdicts and margins, in less.
func TestDecideBrief(t *testing.T) {
	_, addr := started(t, Options{Dir: t.TempDir()})
	body := string(npy(t, []int{200, 4}, gauss(200, 4, 1)))
	var files [2]cert.File
	var sizes [2]int
	for i, query := range []string{"causal=1&best_attention=2", "causal=1&best_attention=2&certificates=false"} {
		code, _, text := askRaw(t, addr, "POST", "/api/v1/decide?"+query, body)
		if code != 200 {
			t.Fatalf("%d %s", code, text)
		}
		must(t, json.Unmarshal([]byte(text), &files[i]))
		sizes[i] = len(text)
	}
	if 3*sizes[1] > 2*sizes[0] {
		t.Errorf("%d bytes instead of %d", sizes[1], sizes[0])
	}
	for i := range files[0].Sets[0].Keys {
		k := &files[0].Sets[0].Keys[i]
		if k.Query == nil && k.Bases == nil {
			t.Errorf("key %d has no certificate", i)
		}
		k.Query, k.Bases, k.Weights, k.DeathBasis, k.DeathWeights, k.AliveQuery = nil, nil, nil, nil, nil, nil
	}
	files[0].Sets[0].Seconds, files[1].Sets[0].Seconds = 0, 0
	if !reflect.DeepEqual(files[0], files[1]) {
		t.Errorf("%+v\n%+v", files[0], files[1])
	}
}

// header is a .npy file that promises a shape and holds little.
func header(shape string) string {
	text := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': %s, }", shape)
	return "\x93NUMPY\x01\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(text)))) + text + "\x00\x00\x00\x00"
}

// bomb is a .npz file with an array of zeros, which packs a thousandfold.
func bomb(t *testing.T, n, d int) string {
	t.Helper()
	var z bytes.Buffer
	archive := zip.NewWriter(&z)
	w, err := archive.Create("a.npy")
	must(t, err)
	head := strings.TrimSuffix(header(fmt.Sprintf("(%d, %d)", n, d)), "\x00\x00\x00\x00")
	_, err = io.WriteString(w, head)
	must(t, err)
	for zeros := make([]byte, 4*d); n > 0; n-- {
		_, err = w.Write(zeros)
		must(t, err)
	}
	must(t, archive.Close())
	return z.String()
}

// Every malformed upload is one clear refusal, quickly.
func TestDecideRefuses(t *testing.T) {
	_, addr := started(t, Options{Dir: t.TempDir()})
	good := string(npy(t, []int{6, 2}, gauss(6, 2, 1)))
	for name, c := range map[string]struct {
		query, kind, body string
		want              int
	}{
		"nothing":             {"", "", "", 400},
		"no JSON":             {"", "application/json", "{", 400},
		"JSON of keys alone":  {"", "application/json", "[[1,2]]", 400},
		"no keys":             {"", "application/json", "{}", 400},
		"empty keys":          {"", "application/json", `{"keys":[]}`, 400},
		"empty key":           {"", "application/json", `{"keys":[[],[]]}`, 400},
		"ragged":              {"", "application/json", `{"keys":[[1,2],[3]]}`, 400},
		"null key":            {"", "application/json", `{"keys":[[1,2],null]}`, 400},
		"words":               {"", "application/json", `{"keys":[["a"]]}`, 400},
		"overflow":            {"", "application/json", `{"keys":[[1e999]]}`, 400},
		"unknown field":       {"", "application/json", `{"keys":[[1]],"file":"/etc/passwd"}`, 400},
		"two values":          {"", "application/json", `{"keys":[[1],[2]]}{}`, 400},
		"deep":                {"", "application/json", `{"keys":` + strings.Repeat("[", 1e5), 400},
		"bad norm":            {"?norm=x", "", good, 400},
		"reading without use": {"?reading=ambient", "", good, 400},
		"negative eps":        {"?norm=scale&eps=-1", "", good, 400},
		"eps NaN":             {"?norm=scale&eps=NaN", "", good, 400},
		"eps without use":     {"?eps=1", "", good, 400},
		"unknown parameter":   {"?workers=1000000", "", good, 400},
		"repeated parameter":  {"?norm=scale&norm=none", "", good, 400},
		"infinite radius":     {"?best_attention=Inf", "", good, 400},
		"bad margins":         {"?margins=all", "", good, 400},
		"no such tensor":      {"?file=a.npy&tensor=wte", "", good, 400},
		"one coordinate":      {"?norm=layernorm", "", "1\n2\n", 400},
		"undefined norm":      {"?norm=scale", "", "0,0\n1,1\n", 400},
		"NaN":                 {"", "", "1,2\nnan,3\n", 400},
		"cut off":             {"", "", good[:len(good)-3], 400},
		"longer":              {"", "", good + "x", 400},
		"huge shape":          {"", "", header("(1000000000, 1000000000)"), 400},
		"overflowing shape":   {"", "", header("(9223372036854775807, 9223372036854775807)"), 400},
		"negative shape":      {"", "", header("(-1, 4)"), 400},
		"one dimension":       {"", "", header("(1,)"), 400},
		"zip bomb":            {"", "", bomb(t, 1<<16, 64), 400},
		"many keys":           {"", "", bomb(t, keysMost+1, 2), 400},
		"safetensors header":  {"?file=a.safetensors", "", "\xff\xff\xff\xff\xff\xff\xff\x7f{}", 400},
		"wrong extension":     {"?file=a.npz", "", good, 400},
		"multipart":           {"", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n1,2\r\n--x--\r\n", 400},
		"gguf":                {"", "", "GGUF\x03\x00\x00\x00", 400},
	} {
		begin := time.Now()
		code, _, text := askRaw(t, addr, "POST", "/api/v1/decide"+c.query, c.body, "Content-Type: "+c.kind)
		var p problem
		if err := json.Unmarshal([]byte(text), &p); code != c.want || err != nil || p.Error == "" {
			t.Errorf("%s: %d %.200s", name, code, text)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// A body that is too large is refused when it is, announced or not.
func TestDecideOversized(t *testing.T) {
	t.Parallel()
	_, addr := started(t, Options{Dir: t.TempDir()})
	for _, kind := range []string{"application/json", "application/octet-stream"} {
		body := io.LimitReader(zeros{}, bodyMost+1<<20) // no length: it comes in chunks
		answer, err := http.Post("http://"+addr+"/api/v1/decide", kind, body)
		if err != nil {
			continue // the server closed while it was sent
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %s", kind, answer.Status)
		}
	}
	code, _, _ := askRaw(t, addr, "GET", "/", "", "X-Long: "+strings.Repeat("x", 64<<10))
	if code != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a long header: %d", code)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Bodies that come slowly, and many at once, keep nobody else from deciding.
func TestSlowBodies(t *testing.T) {
	s, addr := started(t, Options{Dir: t.TempDir()})
	for range 200 {
		conn, err := net.Dial("tcp", addr)
		must(t, err)
		defer conn.Close()
		fmt.Fprintf(conn, "POST /api/v1/decide HTTP/1.1\r\nHost: %s\r\nContent-Length: 30000000\r\n\r\n1,2\n", addr)
	}
	for late := time.Now().Add(5 * time.Second); s.bodies.small.now.Load() < 200*4096; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("the bodies are not being read")
		}
	}
	if held := s.bodies.small.now.Load() + s.bodies.large.now.Load(); held > 200*8192 {
		t.Errorf("%d bytes are held for what did not come", held)
	}
	begin := time.Now()
	if code, _, text := askRaw(t, addr, "POST", "/api/v1/decide", "0,0\n1,0\n0,1\n"); code != 200 || time.Since(begin) > 3*time.Second {
		t.Errorf("%d after %v: %s", code, time.Since(begin), text)
	}
}

// The memory of bodies is bounded, and given back.
func TestBodiesBounded(t *testing.T) {
	s, addr := started(t, Options{Dir: t.TempDir()})
	s.bodies.large.most = 1 << 20
	if code, head, _ := askRaw(t, addr, "POST", "/api/v1/decide", strings.Repeat("1,2\n", 1<<20)); code != 503 || head.Get("Retry-After") == "" {
		t.Errorf("%d", code)
	}
	if code, _, _ := askRaw(t, addr, "POST", "/api/v1/decide", "0,0\n1,0\n"); code != 200 {
		t.Errorf("a small one: %d", code)
	}
	if small, large := s.bodies.small.now.Load(), s.bodies.large.now.Load(); small != 0 || large != 0 {
		t.Errorf("%d and %d bytes are held for nobody", small, large)
	}
}

// So is the memory of answers that nobody takes.
func TestAnswersBounded(t *testing.T) {
	s, addr := started(t, Options{Dir: t.TempDir()})
	s.answers.small.most = 1000
	if code, _, text := askRaw(t, addr, "POST", "/api/v1/decide", "0,0\n1,0\n"); code != 200 {
		t.Errorf("a short answer: %d %s", code, text)
	}
	if code, head, _ := askRaw(t, addr, "POST", "/api/v1/decide", strings.Repeat("1,2\n3,5\n", 20)); code != 503 || head.Get("Retry-After") == "" {
		t.Errorf("a longer one: %d", code)
	}
	for late := time.Now().Add(5 * time.Second); s.answers.small.now.Load() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("bytes are held for nobody")
		}
	}
}

// Large decisions wait for each other in a bounded queue, and not in the way
// of small ones.
func TestLanes(t *testing.T) {
	s, addr := started(t, Options{Dir: t.TempDir()})
	s.lanes.large.queue.most = 2
	heavy := string(npy(t, []int{20000, 12}, gauss(20000, 12, 1)))
	codes := make(chan int, 6)
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			client := http.Client{Timeout: 2 * time.Second} // who gives up frees its place
			answer, err := client.Post("http://"+addr+"/api/v1/decide?margins=none", "", strings.NewReader(heavy))
			if err != nil {
				codes <- 0
				return
			}
			answer.Body.Close()
			codes <- answer.StatusCode
		})
	}
	for late := time.Now().Add(5 * time.Second); s.lanes.large.queue.now.Load() < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("no large decision began")
		}
	}
	begin := time.Now()
	if code, _, text := askRaw(t, addr, "POST", "/api/v1/decide", "0,0\n1,0\n0,1\n"); code != 200 || time.Since(begin) > 1500*time.Millisecond {
		t.Errorf("a small one: %d after %v: %.100s", code, time.Since(begin), text)
	}
	group.Wait()
	close(codes)
	refused := 0
	for code := range codes {
		if code == http.StatusServiceUnavailable {
			refused++
		}
	}
	if refused < 1 {
		t.Error("no large decision was refused")
	}
	for late := time.Now().Add(5 * time.Second); s.lanes.large.queue.now.Load() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("places of clients that gave up are kept")
		}
	}
}
