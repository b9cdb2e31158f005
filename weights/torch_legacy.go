package weights

// Before version 1.6 torch.save wrote four pickles (a magic number, the version
// of the format, a dictionary about the machine, the state dict), a fifth with
// the keys of all storages, then for each of them the count of its numbers in
// 8 bytes, and the numbers.

const (
	torchMagic   = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
	torchVersion = 1001
)

func readTorchLegacy(src source) (any, error) {
	storages := map[string]*storage{}
	u := newUnpickler(src, func(id pyTuple) (any, error) { return legacyStorage(storages, id) })
	if err := legacyStart(u); err != nil {
		return nil, err
	}
	dict, err := u.unpickle()
	if err != nil {
		return nil, err
	}
	keys, err := u.unpickle()
	if err != nil {
		return nil, err
	}
	list, ok := keys.(*pyList)
	if !ok {
		return nil, failf(retorch, "has no list of its storages")
	}
	return dict, legacyPlaces(u.cursor, storages, list.items)
}

// legacyStart reads the three pickles before the state dict.
func legacyStart(u *unpickler) error {
	if magic, err := u.unpickle(); err != nil || magic != any(pyBig(torchMagic)) {
		return failf("give a file that torch.save wrote", "does not begin with the mark of a file of torch.save")
	}
	version, err := u.unpickle()
	if err == nil && version != any(int64(torchVersion)) {
		err = failf(retorch, "has a version of the format that is not %d", torchVersion)
	}
	if err != nil {
		return err
	}
	machine, err := u.unpickle()
	if err != nil {
		return err
	}
	d, ok := machine.(*pyDict)
	if !ok || d.get("little_endian") == any(false) {
		return failf("save it anew on a little-endian machine", "was written by a machine that is not little-endian")
	}
	return nil
}

// legacyStorage returns the storage of a key, which has one object.
func legacyStorage(storages map[string]*storage, id pyTuple) (any, error) {
	s, err := newStorage(id)
	if err != nil {
		return nil, err
	}
	if len(id) != 6 || id[5] != nil {
		return nil, failf("save it anew with a newer torch", "has a storage within another, which is not read")
	}
	known := storages[s.key]
	if known == nil {
		storages[s.key] = s
		return s, nil
	}
	if known.dtype != s.dtype || known.numbers != s.numbers {
		return nil, failf(retorch, "has two storages of the key %s", shown(s.key))
	}
	return known, nil
}

// legacyPlaces notes where each storage lies; they must be all, and fill the
// file.
func legacyPlaces(c *cursor, storages map[string]*storage, keys []any) error {
	placed := map[string]bool{}
	for _, k := range keys {
		key, _ := k.(string)
		s := storages[key]
		if s == nil || placed[key] {
			return failf(retorch, "lists a storage %s that no tensor has, or twice", shown(key))
		}
		placed[key] = true
		if n := c.u64(); c.err == nil && n != uint64(s.numbers) {
			return failf(damaged, "storage %s has %d numbers, but %d are promised", shown(key), n, s.numbers)
		}
		s.begin = c.pos
		if c.skip(uint64(s.numbers * s.size)); c.err != nil {
			return c.err
		}
	}
	if len(placed) != len(storages) {
		return failf(damaged, "holds %d of the %d storages that its tensors have", len(placed), len(storages))
	}
	if c.left() > 0 {
		return failf(retorch, "holds %d bytes more than its tensors need", c.left())
	}
	return nil
}
