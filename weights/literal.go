package weights

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// tuple is a Python tuple; a list is a []any.
type tuple []any

// literal reads the part of Python's literals that .npy headers use: strings,
// whole numbers, True, False, tuples, lists, and dictionaries keyed by strings.
type literal struct {
	rest  string
	depth int
}

var errLiteral = errors.New("not a Python literal")

// parseLiteral returns the value of text as string, int64, bool, tuple, []any
// or map[string]any. Blanks may surround it. A repeated key is an error.
func parseLiteral(text string) (any, error) {
	p := &literal{rest: text}
	v, err := p.value()
	if err == nil && p.peek() != 0 {
		err = errLiteral
	}
	return v, err
}

// peek skips blanks and returns the next byte, 0 at the end.
func (p *literal) peek() byte {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

// accept skips the byte c if it is next.
func (p *literal) accept(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *literal) value() (any, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > 32 {
		return nil, errors.New("nested too deeply")
	}
	switch c := p.peek(); {
	case c == '\'' || c == '"':
		return p.text(c)
	case p.accept('('):
		items, comma, err := p.items(')')
		if len(items) == 1 && !comma {
			return items[0], err // parentheses around a value
		}
		return tuple(items), err
	case p.accept('['):
		items, _, err := p.items(']')
		return items, err
	case p.accept('{'):
		return p.dict()
	}
	return p.word()
}

// text reads a string up to its closing quote. An escaped character stands
// for itself: nothing that is read has others.
func (p *literal) text(quote byte) (any, error) {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case quote:
			p.rest = p.rest[i+1:]
			return b.String(), nil
		case '\\':
			if i++; i < len(p.rest) {
				b.WriteByte(p.rest[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return nil, errors.New("a string does not end")
}

// word reads True, False or a whole number; Python 2 wrote an L behind long ones.
func (p *literal) word() (any, error) {
	end := 0
	for end < len(p.rest) && strings.IndexByte(",)]}: \t\r\n", p.rest[end]) < 0 {
		end++
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	switch word {
	case "True":
		return true, nil
	case "False":
		return false, nil
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(word, "L"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%s is no whole number", shown(word))
	}
	return n, nil
}

// items reads values up to the closing byte, and whether a comma ended them.
func (p *literal) items(end byte) (items []any, comma bool, err error) {
	for !p.accept(end) {
		if len(items) > 0 && !comma {
			return nil, false, errLiteral
		}
		v, err := p.value()
		if err != nil {
			return nil, false, err
		}
		items = append(items, v)
		comma = p.accept(',')
	}
	return items, comma, nil
}

func (p *literal) dict() (any, error) {
	d := map[string]any{}
	for comma := true; !p.accept('}'); comma = p.accept(',') {
		if !comma {
			return nil, errLiteral
		}
		k, err := p.value()
		if err != nil {
			return nil, err
		}
		key, isString := k.(string)
		if _, repeated := d[key]; !isString || repeated || !p.accept(':') {
			return nil, fmt.Errorf("bad or repeated key %s", shown(fmt.Sprint(k)))
		}
		if d[key], err = p.value(); err != nil {
			return nil, err
		}
	}
	return d, nil
}
