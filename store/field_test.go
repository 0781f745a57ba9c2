package store

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"crm/store/kv"
)

// Each field that a kind of record has in JSON is declared once, and nothing else is.
func TestEveryFieldIsDeclared(t *testing.T) {
	types := map[Kind]reflect.Type{
		KindCustomer: reflect.TypeFor[Customer](), KindInteraction: reflect.TypeFor[Interaction](), KindFeedback: reflect.TypeFor[Feedback](),
		KindSegment: reflect.TypeFor[Segment](), KindUser: reflect.TypeFor[User](),
	}
	for kind := range logged {
		if types[kind] == nil || declared[kind] == nil {
			t.Errorf("%s has no type here, or no declaration", kind)
		}
	}
	for kind, record := range types {
		var want, got []string
		for i := range record.NumField() {
			name, _, _ := strings.Cut(record.Field(i).Tag.Get("json"), ",")
			want = append(want, name)
		}
		for _, f := range declared[kind] {
			got = append(got, f.Name)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: declared are %q, the record has %q", kind, got, want)
		}
	}
}

// undeclare removes the declarations of some fields until the test ends.
func undeclare(t *testing.T, kind Kind, names ...string) {
	t.Helper()
	all := declared[kind]
	t.Cleanup(func() { declared[kind] = all })
	declared[kind] = slices.DeleteFunc(slices.Clone(all), func(f Field) bool { return slices.Contains(names, f.Name) })
	if len(declared[kind]) != len(all)-len(names) {
		t.Fatalf("%s: not all of %q are declared", kind, names)
	}
}

// A field that somebody adds to a record and nowhere else is blanked with the person: in rows, in the log, and in replies. Here
// these are fields that stay as a rule.
func TestEraseBlanksWhatIsNotDeclared(t *testing.T) {
	s := open(t)
	undeclare(t, KindCustomer, "preferred_language")
	undeclare(t, KindInteraction, "staff_member_id")
	undeclare(t, KindFeedback, "source")
	id := createCustomer(t, s, "a@example.com")
	staff := ID{'q', 'q', 'q', 'q'}
	contact, gone := createInteraction(t, s, id, Never), createInteraction(t, s, id, Never)
	opinion := createFeedback(t, s, Feedback{CustomerID: &id, ServiceType: "Tour", Rating: 4, Source: "QQQQ"})
	for _, value := range []string{"QQQQ", "QQQQ again"} {
		update(t, s, func(tx *Tx) error {
			_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { c.PreferredLanguage = value; return nil })
			return err
		})
	}
	for _, contact := range []ID{contact, gone} {
		update(t, s, func(tx *Tx) error {
			_, err := tx.UpdateInteraction(contact, func(i *Interaction) Invalid { i.StaffMemberID = &staff; return nil })
			return err
		})
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteInteraction(gone) })
	update(t, s, func(tx *Tx) error { return tx.KeepReply(&Reply{Key: opinion, Record: opinion, Body: []byte(`"QQQQ"`)}) })
	marks := func() []string { return append(pairsWith(t, s, "qqqq"), pairsWith(t, s, staff.String())...) }
	if found := marks(); len(found) != 6 {
		t.Fatalf("%d pairs have the mark: %q", len(found), found)
	}
	update(t, s, func(tx *Tx) error { _, err := tx.Erase(id, Traces{}, nil); return err })
	if found := marks(); len(found) > 0 {
		t.Errorf("still there: %q", found)
	}
}

// withField gives the rows of a kind one more field than the program knows, as another version of it may have written them.
func withField(t *testing.T, s *Store, b kv.Bucket, field string) {
	t.Helper()
	update(t, s, func(tx *Tx) error {
		for key, row := range maps.Collect(pairs(tx, b)) {
			if err := tx.put(b, []byte(key), append([]byte(row[:len(row)-1]), ","+field+"}"...)); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestEraseBlanksWhatIsUnknown is about fields that no version of this program declares, in rows and in entries of the log. Nothing of
// them is in the file after a compaction.
func TestEraseBlanksWhatIsUnknown(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	id := createCustomer(t, s, "a@example.com")
	contact, gone := createInteraction(t, s, id, Never), createInteraction(t, s, id, Never)
	opinion := createFeedback(t, s, Feedback{CustomerID: &id, ServiceType: "Tour", Rating: 1})
	for _, b := range []kv.Bucket{bucketCustomers, bucketInteractions, bucketFeedback} {
		withField(t, s, b, `"passport":"QQQQ-0815","visits":["QQQQ"]`)
	}
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { c.Notes = new("Calls back."); return nil })
		return err
	})
	update(t, s, func(tx *Tx) error { return tx.DeleteInteraction(gone) })
	if found := pairsWith(t, s, "qqqq"); len(found) != 4 { // two rows, and the log of an update and of a deletion
		t.Fatalf("%d pairs have the mark: %q", len(found), found)
	}
	update(t, s, func(tx *Tx) error { _, err := tx.Erase(id, Traces{}, nil); return err })
	if found := pairsWith(t, s, "qqqq"); len(found) > 0 {
		t.Errorf("still there: %q", found)
	}
	view(t, s, func(tx *Tx) error {
		for c, err := range tx.Changes(0) {
			if err != nil {
				return err
			}
			if c.ID == gone && c.Op == OpDelete && !bytes.Contains(c.Old, []byte(`"customer_id":"`+id.String()+`"`)) {
				t.Errorf("whom the deletion was about is lost: %s", c.Old)
			}
		}
		for _, b := range []struct {
			bucket kv.Bucket
			id     ID
		}{{bucketInteractions, contact}, {bucketFeedback, opinion}} {
			if tx.kv.Get(b.bucket, b.id[:]) == nil {
				t.Errorf("%s lost a row", bucketNames[b.bucket])
			}
		}
		return nil
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Compact(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil || bytes.Contains(raw, []byte("QQQQ")) {
		t.Errorf("after the compaction: %v, still there: %t", err, err == nil)
	}
}

// An erased row has a value wherever one must not be missing: lists are lists, and texts that are required have something in them.
func TestErasedRowsAreWhole(t *testing.T) {
	s := open(t)
	id := markedPerson(t, s)
	update(t, s, func(tx *Tx) error { _, err := tx.Erase(id, Traces{}, nil); return err })
	for _, rows := range [][]any{every(t, s, customers), every(t, s, interactions), every(t, s, feedback)} {
		for _, row := range rows {
			v := reflect.ValueOf(row).Elem()
			for i := range v.NumField() {
				if f := v.Field(i); f.Kind() == reflect.Slice && f.IsNil() || f.Kind() == reflect.String && f.Len() == 0 {
					t.Errorf("%s of %s is empty", v.Type().Field(i).Name, asJSON(row))
				}
			}
		}
	}
}

func every[T any](t *testing.T, s *Store, table *table[T]) (rows []any) {
	for row := range collect(t, s, table) {
		rows = append(rows, row)
	}
	return rows
}

// A field that the old row lacked is in the log as null, and one that the new row lacks with its old value. A field without a value in both
// is not in the log.
func TestLogOfFieldsThatOneRowLacks(t *testing.T) {
	s := open(t)
	id := createCustomer(t, s, "a@example.com")
	update(t, s, func(tx *Tx) error {
		row, err := fields(tx.kv.Get(bucketCustomers, id[:]))
		if err != nil {
			return err
		}
		for _, name := range []string{"notes", "tags", "region"} { // as if the program that wrote it had not known them
			delete(row, name)
		}
		row["passport"], row["visits"] = json.RawMessage(`"X"`), null // and as if this one did not know these any more
		return rawPut(tx, bucketCustomers, id, row)
	})
	seq := update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { c.Notes, c.Phone = new("Calls back."), "2"; return nil })
		return err
	})
	view(t, s, func(tx *Tx) error {
		c, err := tx.change(seqKey(seq))
		if err != nil {
			return err
		}
		old, err := fields(c.Old)
		if err != nil {
			return err
		}
		if at := string(old["updated_at"]); at == "" || len(old) != 4 || string(old["notes"]) != "null" || string(old["phone"]) != `"0612345678"` || string(old["passport"]) != `"X"` {
			t.Errorf("log: got %s", c.Old)
		}
		revised, err := tx.Revise([]Change{c})
		if err != nil {
			return err
		}
		want := map[string]Delta{
			"notes": {null, json.RawMessage(`"Calls back."`)}, "phone": {json.RawMessage(`"0612345678"`), json.RawMessage(`"2"`)},
			"passport": {json.RawMessage(`"X"`), null},
		}
		if got := revised[0].Fields; asJSON(got) != asJSON(want) {
			t.Errorf("revision: got %s, want %s", asJSON(got), asJSON(want))
		}
		return nil
	})
}

// A secret that was not there before is in the log under its other name.
func TestLogOfFirstPassword(t *testing.T) {
	s := open(t)
	id := createUser(t, s, "u@example.com")
	update(t, s, func(tx *Tx) error {
		row, err := fields(tx.kv.Get(bucketUsers, id[:]))
		if err != nil {
			return err
		}
		delete(row, "password_hash")
		u, err := users.decode(tx, id, []byte(asJSON(row)))
		if err != nil {
			return err
		}
		return rawPut(tx, bucketUsers, id, u)
	})
	seq := update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateUser(id, ID{}, func(u *User) Invalid { u.PasswordHash = "hash"; return nil })
		return err
	})
	view(t, s, func(tx *Tx) error {
		c, err := tx.change(seqKey(seq))
		if err == nil && !strings.HasPrefix(string(c.Old), `{"password":null,`) {
			t.Errorf("got %s", c.Old)
		}
		return err
	})
}
