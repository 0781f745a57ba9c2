package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sort"
)

// A Revision is a change with the values on both sides of it.
type Revision struct {
	Change
	Fields map[string]Delta // by name; a create leaves out fields that have no value
}

// A Delta is one field's value before and after a change, as JSON; null where there is none.
type Delta struct {
	Old json.RawMessage `json:"old"`
	New json.RawMessage `json:"new"`
}

var null = json.RawMessage("null")

// Revise finds the values before and after each of the changes, and returns them in the same order. It reads the later changes of a
// record once, however many of the changes are about that record.
func (tx *Tx) Revise(changes []Change) ([]Revision, error) {
	list := make([]Revision, len(changes))
	of := map[ID][]*Revision{}
	for i, c := range changes {
		list[i] = Revision{Change: c, Fields: map[string]Delta{}}
		if c.Op.Writes() {
			of[c.ID] = append(of[c.ID], &list[i])
		}
	}
	for _, revisions := range of {
		slices.SortFunc(revisions, func(a, b *Revision) int { return cmp.Compare(b.Seq, a.Seq) })
		if err := tx.reviseRecord(revisions); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// reviseRecord starts with the present values of one record and undoes its changes, newest first, to find the values that each left.
func (tx *Tx) reviseRecord(newestFirst []*Revision) error {
	first := newestFirst[len(newestFirst)-1]
	values, err := fields(tx.kv.Get(logged[first.Kind], first.ID[:]))
	if err != nil { // the record cannot be read, so its present values are unknown
		values = map[string]json.RawMessage{}
	}
	var later [][]byte
	for key := range tx.kv.Scan(bucketLogRecord, slices.Concat(first.ID[:], seqKey(first.Seq+1))) {
		if !bytes.HasPrefix(key, first.ID[:]) {
			break
		}
		later = append(later, bytes.Clone(key[16:]))
	}
	for _, r := range newestFirst {
		for len(later) > 0 && bytes.Compare(later[len(later)-1], seqKey(r.Seq)) > 0 {
			if values, err = tx.undo(later[len(later)-1], values); err != nil {
				return err
			}
			later = later[:len(later)-1]
		}
		if err := r.fill(values); err != nil {
			return err
		}
	}
	return nil
}

// undo returns the values before the change with a key, given those after it. Values that were erased since are null.
func (tx *Tx) undo(key []byte, values map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	c, err := tx.change(key)
	if errors.Is(err, ErrUnreadable) { // what it changed is not known
		return values, nil
	}
	if err != nil {
		return nil, err
	}
	before, err := fields(c.Old)
	switch {
	case err != nil || c.Op == OpDelete:
		return before, err
	case c.Op == OpErase:
		declared[c.Kind].blank(values)
	}
	maps.Copy(values, before)
	return values, nil
}

// fill sets the fields of a revision, given the values after its change.
func (r *Revision) fill(after map[string]json.RawMessage) error {
	before, err := fields(r.Old)
	if err != nil {
		return err
	}
	switch r.Op {
	case OpDelete:
		after = nil
	case OpCreate:
		for name, value := range after {
			if !isEmpty(value) {
				before[name] = null
			}
		}
	}
	for name, old := range before {
		if !declared[r.Kind].named(name).Unshown {
			r.Fields[name] = Delta{old, orNull(after[name])}
		}
	}
	return nil
}

func fields(row json.RawMessage) (map[string]json.RawMessage, error) {
	values := map[string]json.RawMessage{}
	if row == nil {
		return values, nil
	}
	err := json.Unmarshal(row, &values)
	return values, err
}

// isEmpty reports whether a value means that there is none.
func isEmpty(value json.RawMessage) bool {
	text := string(value)
	return text == "" || text == "null" || text == "[]" || text == `""`
}

func orNull(value json.RawMessage) json.RawMessage {
	if value == nil {
		return null
	}
	return value
}

// A LogFilter selects entries of the change log. Its zero value is all of them.
type LogFilter struct {
	User     string // who made the change, and whose sign-in it was
	Kind     Kind
	Op       Op
	From, To *Time  // From ≤ time < To
	Before   uint64 // only smaller sequences; 0 for all
}

// maxLogScan bounds how many entries one call of Log reads.
const maxLogScan = 50_000

// Log returns the newest entries that pass a filter, at most limit of them, and the Before of those that follow, 0 when
// there are none. It may return fewer than limit where entries that pass are rare.
func (tx *Tx) Log(f LogFilter, limit int) (found []Change, next uint64, err error) {
	first, seq := tx.trimmed()+1, tx.Seq()
	if f.From != nil {
		first = tx.seqAt(*f.From)
	}
	if f.To != nil {
		seq = tx.seqAt(*f.To) - 1
	}
	if f.Before > 0 {
		seq = min(seq, f.Before-1)
	}
	needles := f.needles()
	for last := seq; seq >= first; seq-- {
		if len(found) == limit || last-seq == maxLogScan {
			return found, seq + 1, nil
		}
		raw := tx.kv.Get(bucketLog, seqKey(seq))
		if !containsAll(raw, needles) { // which excludes most entries without decoding them
			continue
		}
		c, err := tx.change(seqKey(seq))
		if errors.Is(err, ErrUnreadable) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		if f.passes(&c) {
			found = append(found, c)
		}
	}
	return found, 0, nil
}

// seqAt returns the sequence of the first change at a time or after it. Without such a change it returns one more than the last
// sequence. A change that cannot be read counts as made at the time of the next one.
func (tx *Tx) seqAt(at Time) uint64 {
	first, last := tx.trimmed()+1, tx.Seq()
	return first + uint64(sort.Search(int(last+1-first), func(i int) bool {
		for seq := first + uint64(i); seq <= last; seq++ {
			if c, err := tx.change(seqKey(seq)); err == nil {
				return c.Time >= at
			}
		}
		return true
	}))
}

// needles returns texts that the JSON of every entry that passes contains.
func (f *LogFilter) needles() (list [][]byte) {
	for field, value := range map[string]string{"kind": string(f.Kind), "op": string(f.Op)} {
		if value != "" {
			list = append(list, []byte(`"`+field+`":"`+value+`"`))
		}
	}
	if user, err := Encode(f.User); f.User != "" && err == nil {
		list = append(list, user)
	}
	return list
}

func containsAll(raw []byte, needles [][]byte) bool {
	return !slices.ContainsFunc(needles, func(needle []byte) bool { return !bytes.Contains(raw, needle) })
}

func (f *LogFilter) passes(c *Change) bool {
	user := f.User == "" || c.Actor == f.User || c.Op.signIn() && c.ID.String() == f.User
	return user && (f.Kind == "" || c.Kind == f.Kind) && (f.Op == "" || c.Op == f.Op)
}
