package text

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Article is an article of SQuAD (Rajpurkar et al. 2016): its paragraphs, which
// the data set calls contexts, in their order.
type Article struct {
	Title      string
	Paragraphs []string
}

// ReadSQuAD reads the articles of a JSON file in SQuAD's form, plain or .gz.
// Questions and answers are left alone. Errors are of type
// [*keyhull/weights.Error].
func ReadSQuAD(path string) ([]Article, error) {
	text, err := readText(path)
	if err != nil {
		return nil, err
	}
	return parseSQuAD(path, text)
}

const squadHint = `give a file in SQuAD's form: {"data": [{"title": …, "paragraphs": [{"context": …}]}]}`

func parseSQuAD(path string, text []byte) ([]Article, error) {
	var file struct {
		Data []struct {
			Title      string `json:"title"`
			Paragraphs []struct {
				Context string `json:"context"`
			} `json:"paragraphs"`
		} `json:"data"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, failf(squadHint, "%s: %v", path, jsonError(text, err))
	}
	if len(file.Data) == 0 {
		return nil, failf(squadHint, "%s: has no articles", path)
	}
	articles := make([]Article, len(file.Data))
	for i, a := range file.Data {
		articles[i].Title = a.Title
		for _, p := range a.Paragraphs {
			articles[i].Paragraphs = append(articles[i].Paragraphs, p.Context)
		}
		if err := articles[i].check(); err != nil {
			return nil, failf(squadHint, "%s: article %d, %s, %v", path, i+1, shown(a.Title), err)
		}
	}
	return articles, nil
}

func (a Article) check() error {
	if len(a.Paragraphs) == 0 {
		return errors.New("has no paragraphs")
	}
	for i, p := range a.Paragraphs {
		if strings.TrimSpace(p) == "" {
			return fmt.Errorf("has no context in paragraph %d", i+1)
		}
	}
	return nil
}

// jsonError says in one line where text is not what was expected.
func jsonError(text []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	at, what := int64(0), ""
	switch {
	case errors.As(err, &syntax):
		at, what = syntax.Offset, syntax.Error()
	case errors.As(err, &kind):
		at, what = kind.Offset, fmt.Sprintf("a JSON %s where %s has another kind of value", kind.Value, shown(kind.Field))
	default:
		return err
	}
	at = min(at, int64(len(text)))
	return fmt.Errorf("line %d, byte %d of the file: %s", 1+bytes.Count(text[:at], []byte("\n")), at, what)
}

// The paper measures texts of so many tokens.
const (
	leastJoined = 768
	mostJoined  = 1024
)

// JoinParagraphs returns the tokens of texts of 768 to 1,024 tokens, each of
// consecutive paragraphs of one article with separator between two of them. A
// text is closed as soon as it is long enough; one that the next paragraph would
// make too long is given up, and the next text begins with that paragraph.
//
// Single paragraphs hardly ever are so long: one of 2,067 of SQuAD's dev set.
func JoinParagraphs(articles []Article, encode func(string) []int32, separator int32) (texts [][]int32) {
	for _, a := range articles {
		texts = append(texts, joined(a.Paragraphs, encode, separator)...)
	}
	return texts
}

// joined does so for one sequence of parts.
func joined(parts []string, encode func(string) []int32, separator int32) (texts [][]int32) {
	var text []int32
	for _, part := range parts {
		tokens := encode(part)
		if len(text) > 0 && len(text)+1+len(tokens) <= mostJoined {
			text = append(append(text, separator), tokens...)
		} else {
			text = append([]int32(nil), tokens...)
		}
		if len(text) > mostJoined {
			text = nil // alone too long
		}
		if len(text) >= leastJoined {
			texts, text = append(texts, text), nil
		}
	}
	return texts
}
