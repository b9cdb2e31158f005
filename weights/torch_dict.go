package weights

import (
	"math"
)

// wrappings are the names under which training scripts keep a state dict
// beside other things.
var wrappings = []string{"state_dict", "model_state_dict", "model"}

// stateDict lists the tensors of a dictionary; other values are left out. If
// it has none, but a dictionary with them under a usual name, those.
func stateDict(src source, value any, big bool) ([]tensor, error) {
	dict, ok := value.(*pyDict)
	if !ok {
		return nil, failf(repickle, "holds %s, not a dictionary of tensors", kindOf(value))
	}
	tensors, err := dictTensors(src, dict, big)
	for _, name := range wrappings {
		if inner, ok := dict.get(name).(*pyDict); ok && err == nil && len(tensors) == 0 {
			tensors, err = dictTensors(src, inner, big)
		}
	}
	if err == nil && len(tensors) == 0 {
		err = failf(repickle, "holds no tensors by name")
	}
	return tensors, err
}

// get returns the value of a name, nil if there is none.
func (d *pyDict) get(name string) any {
	for i, k := range d.keys {
		if k == any(name) {
			return d.values[i]
		}
	}
	return nil
}

func dictTensors(src source, dict *pyDict, big bool) ([]tensor, error) {
	var tensors []tensor
	seen := map[string]bool{}
	for i, v := range dict.values {
		v, isTensor := v.(*view)
		if !isTensor {
			continue
		}
		name, ok := dict.keys[i].(string)
		if !ok || seen[name] {
			return nil, failf(retorch, "has a tensor whose name is %s, which is no text or repeated", shown(name))
		}
		seen[name] = true
		t := tensor{Info: Info{Name: name, DType: v.dtype}, big: big && v.size > 1, open: v.opener(src)}
		for _, n := range v.shape {
			if n > math.MaxInt {
				return nil, failf(retorch, "tensor %s: has a dimension of %d", shown(name), n)
			}
			t.Shape = append(t.Shape, int(n))
		}
		tensors = append(tensors, t)
	}
	return tensors, nil
}
