package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"math"

	"keyhull/audit"
)

// block is the keys of a layer's heads on one text, packed: gzip, in base64, of
// what packHead writes for each head in turn.
type block struct {
	Text  int    `json:"text"`
	Layer int    `json:"layer"`
	Heads []int  `json:"heads"`
	Data  string `json:"data"`
}

func pack(text int, l audit.LayerResult) block {
	b := block{Text: text, Layer: l.Layer}
	var raw, packed bytes.Buffer
	for _, h := range l.Heads {
		b.Heads = append(b.Heads, h.Head)
		packHead(&raw, h.HeadResult)
	}
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(raw.Bytes())
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic("report: internal error: " + err.Error()) // memory takes all
	}
	b.Data = base64.StdEncoding.EncodeToString(packed.Bytes())
	return b
}

// packHead writes columns of a byte a key: verdict and, above two bits, what
// its query heads reach (0: not known, else 1 more than its number);
// relative margin, mean and largest attention (logByte); wins, in two columns,
// the lower byte first; 1 more than the position of death, likewise. Then, for
// each unselectable key, the number of its masks, at most 255, and of the first
// few the key in two bytes and the weight in 1/255.
func packHead(w *bytes.Buffer, r *audit.HeadResult) {
	column := func(of func(i int) int) {
		for i := range r.N {
			w.WriteByte(byte(of(i)))
		}
	}
	column(func(i int) int { return int(r.Verdicts[i]) | reached(r, i)<<2 })
	column(func(i int) int { return logByte(r.RelativeMargins[i]) })
	wins, death := func(int) int { return 0 }, func(int) int { return 0 }
	if a := r.Attained; a != nil {
		column(func(i int) int { return logByte(a.Mean[i]) })
		column(func(i int) int { return logByte(a.Max[i]) })
		wins = func(i int) int { return min(a.Wins[i], math.MaxUint16) }
	} else {
		column(wins)
		column(wins)
	}
	if r.Life != nil {
		death = func(i int) int { return min(r.Life.Death[i]+1, math.MaxUint16) }
	}
	for _, of := range []func(int) int{wins, death} {
		column(func(i int) int { return of(i) & 0xff })
		column(func(i int) int { return of(i) >> 8 })
	}
	for _, list := range r.Masks {
		packMasks(w, list)
	}
}

func reached(r *audit.HeadResult, i int) int {
	if len(r.Reach) == 0 {
		return 0
	}
	return 1 + int(r.Reachable(i))
}

// packMasks writes nothing for a vertex, which has none.
func packMasks(w *bytes.Buffer, list []audit.Mask) {
	if len(list) == 0 {
		return
	}
	w.WriteByte(byte(min(len(list), 255)))
	for _, m := range list[:min(len(list), shownMasks)] {
		w.Write([]byte{byte(m.Key), byte(m.Key >> 8), byte(math.Round(shownWeight * m.Weight))})
	}
}

// decades is how many powers of 10 below 1 a logByte tells apart.
const decades = 9

// logByte packs a number on a log scale: 0 for 0, else 1 … 255 for 1e-9 … 10,
// 9 % a step.
func logByte(x float64) int {
	if !(x > 0) {
		return 0
	}
	return min(max(1, 1+int(math.Round((math.Log10(x)+decades)*254/(decades+1)))), 255)
}
