// Read by hand, not with nlpodyssey/gopickle: tried on our inputs, v0.2.0 panics
// on nine bytes (a string of 2^62 bytes, an integer of none), and allocates
// 2 GiB for five.

package weights

import (
	"fmt"
	"strings"
)

// The values that pickles of tensors are made of, beside nil, bool, int64,
// float64 and string. A big integer stands as its bytes.
type (
	pyTuple  []any
	pyGlobal string // "module.name"
	pyBig    string
	pyList   struct{ items []any }
	pyDict   struct{ keys, values []any }
)

// pickleMost bounds the steps of a pickle, and with them the memory that its
// values take; a tensor of a state dict takes about 33.
const pickleMost = 1 << 21

const (
	repickle = "save the state dict alone, with torch.save(model.state_dict(), path) or as .safetensors"
	markLess = "uses a mark that was not set"
)

// unpickler runs the program that a pickle is. It knows only what state dicts
// need: no code is called, and any other name than those of tensors is refused.
type unpickler struct {
	*cursor
	stack []any
	marks []int
	memo  map[uint32]any
	steps int
	done  bool
	// persistent makes a storage of its id.
	persistent func(id pyTuple) (any, error)
	// call does what a function of this name does.
	call func(name pyGlobal, args pyTuple) (any, error)
}

// unpickle runs one pickle, to its end, and returns its value.
func (u *unpickler) unpickle() (any, error) {
	u.stack, u.marks, u.memo, u.done = nil, nil, map[uint32]any{}, false
	for !u.done && u.err == nil {
		code := u.u8()
		if u.err != nil {
			break
		}
		op := pickleOps[code]
		if u.steps++; u.steps > pickleMost {
			u.refuse("has a pickle of more than %d steps", pickleMost)
		} else if op == nil {
			u.refuse("has a pickle with the step %q, which no state dict needs", code)
		} else {
			op(u)
		}
	}
	value := u.pop()
	if u.err == nil && (len(u.stack) > 0 || len(u.marks) > 0) {
		u.refuse("has a pickle that leaves values behind")
	}
	return value, u.err
}

func (u *unpickler) refuse(format string, args ...any) { u.fail(failf(repickle, format, args...)) }

func (u *unpickler) push(v any) { u.stack = append(u.stack, v) }

// pop takes the value on top; it must not lie below a mark.
func (u *unpickler) pop() any {
	n := len(u.stack)
	if n == 0 || len(u.marks) > 0 && u.marks[len(u.marks)-1] == n {
		u.refuse("has a pickle that takes a value where there is none")
		return nil
	}
	v := u.stack[n-1]
	u.stack = u.stack[:n-1]
	return v
}

// popMark takes all values down to the last mark.
func (u *unpickler) popMark() []any {
	if len(u.marks) == 0 {
		u.refuse("has a pickle that %s", markLess)
		return nil
	}
	from := u.marks[len(u.marks)-1]
	u.marks = u.marks[:len(u.marks)-1]
	values := append([]any(nil), u.stack[from:]...)
	u.stack = u.stack[:from]
	return values
}

// tuple puts the last n values into a tuple.
func (u *unpickler) tuple(n int) {
	t := make(pyTuple, n)
	for i := range t {
		t[n-1-i] = u.pop()
	}
	u.push(t)
}

// extend adds values to the list on top.
func (u *unpickler) extend(values ...any) {
	list, ok := u.pop().(*pyList)
	if !ok {
		u.refuse("has a pickle that appends to what is no list")
		return
	}
	list.items = append(list.items, values...)
	u.push(list)
}

// set adds keys and values, in turn, to the dictionary on top.
func (u *unpickler) set(values ...any) {
	dict, ok := u.pop().(*pyDict)
	if !ok || len(values)%2 != 0 {
		u.refuse("has a pickle that sets items of what is no dictionary")
		return
	}
	for i := 0; i < len(values); i += 2 {
		dict.keys, dict.values = append(dict.keys, values[i]), append(dict.values, values[i+1])
	}
	u.push(dict)
}

// reduce calls a function with a tuple of arguments.
func (u *unpickler) reduce() {
	args, isTuple := u.pop().(pyTuple)
	name, isGlobal := u.pop().(pyGlobal)
	if !isTuple || !isGlobal {
		u.refuse("has a pickle that calls what is no function")
		return
	}
	v, err := u.call(name, args)
	if err != nil {
		u.fail(err)
	}
	u.push(v)
}

// build takes the attributes of the value below, and forgets them: those of a
// state dict are versions of its modules.
func (u *unpickler) build() {
	u.pop()
	v := u.pop()
	if _, ok := v.(*pyDict); !ok {
		u.refuse("has a pickle that sets attributes of what is no dictionary")
	}
	u.push(v)
}

func (u *unpickler) persist() {
	id, ok := u.pop().(pyTuple)
	if !ok {
		u.refuse("has a storage whose id is no tuple")
		return
	}
	v, err := u.persistent(id)
	if err != nil {
		u.fail(err)
	}
	u.push(v)
}

// get pushes what was put at a place of the memo.
func (u *unpickler) get(at uint32) {
	v, ok := u.memo[at]
	if !ok {
		u.refuse("has a pickle that recalls what it has not seen")
	}
	u.push(v)
}

// put notes the value on top.
func (u *unpickler) put(at uint32) {
	v := u.pop()
	u.push(v)
	u.memo[at] = v
}

// line reads up to a newline; names are short.
func (u *unpickler) line() string {
	const most = 256
	var b strings.Builder
	for u.err == nil {
		c := u.u8()
		if c == '\n' {
			return b.String()
		}
		if b.WriteByte(c); b.Len() > most {
			u.refuse("has a pickle with a name of more than %d bytes", most)
		}
	}
	return ""
}

// stackGlobal makes a name of the two strings on top.
func (u *unpickler) stackGlobal() {
	name, ok := u.pop().(string)
	module, ok2 := u.pop().(string)
	if !ok || !ok2 {
		u.refuse("has a pickle with a name that is no text")
	}
	u.push(pyGlobal(module + "." + name))
}

// kindOf names the type of a value for a message.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case pyGlobal:
		return shown(string(v))
	case *pyDict:
		return "a dictionary"
	case *pyList:
		return "a list"
	case pyTuple:
		return "a tuple"
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", v), "*weights.")
}
