package search

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/store"
	"crm/store/text"
)

// spellings returns the names of testdata/spellings.txt, each in its spellings.
func spellings(t testing.TB) (names [][]string) {
	t.Helper()
	raw, err := os.ReadFile("testdata/spellings.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			names = append(names, strings.Split(line, " | "))
		}
	}
	if len(names) < 60 {
		t.Fatalf("got %d names, want 60", len(names))
	}
	return names
}

// A roll is an index of the names, with the rows of each name's spellings.
type roll struct {
	*directory
	names [][]string
	rows  [][]uint32
}

func newRoll(t *testing.T) *roll {
	r := &roll{directory: newDirectory(t, t.TempDir()), names: spellings(t)}
	for i, name := range r.names {
		r.rows = append(r.rows, nil)
		for _, spelling := range name {
			r.rows[i] = append(r.rows[i], r.put(&store.Customer{FullName: &spelling, Email: "x@example.com", Phone: "0"}))
		}
	}
	r.start()
	r.settled()
	t.Cleanup(func() { r.stop() })
	return r
}

// wantAll checks that who types something finds all spellings of a name, and exactly those whom the matcher accepts. It returns the
// matches.
func (r *roll) wantAll(typed string, name int) Matches {
	r.t.Helper()
	q, err := ParseQuery(typed, home)
	if err != nil {
		r.t.Fatalf("%q: %v", typed, err)
	}
	found := r.engine.Find(&q, &r.texts, r.all())
	all := roaring.FastOr(found[:]...)
	accepted := scan(r.directory, &q)
	if want := roaring.BitmapOf(slices.Concat(accepted[:]...)...); !all.Equals(want) {
		r.t.Errorf("%q: got rows %v, but the matcher accepts %v", typed, all, want)
	}
	for i, row := range r.rows[name] {
		if !all.Contains(row) {
			r.t.Errorf("%q does not find %q", typed, r.names[name][i])
		}
	}
	return found
}

// Whichever spelling of a name is stored and whichever is typed, it is found, and first the one that was typed.
func TestSpellingsFindEachOther(t *testing.T) {
	r := newRoll(t)
	for i, name := range r.names {
		for at, typed := range name {
			found := r.wantAll(typed, i)
			if !found[tierExact].Contains(r.rows[i][at]) {
				t.Errorf("%q does not find itself first", typed)
			}
			for other, spelling := range name {
				if found[tierExact].Contains(r.rows[i][other]) && line(typed) != line(spelling) {
					t.Errorf("%q is as good as %q for who types that", spelling, typed)
				}
			}
			if len(found[tierExact].ToArray())+len(found[tierWord].ToArray()) < len(name) {
				t.Errorf("%q finds other spellings only as parts", typed)
			}
		}
	}
}

// line returns a name as the index has it: without regard to case, accents and the number of spaces.
func line(name string) string { return string(text.AppendSpaced(nil, text.Fold(name))) }

// The beginnings and the middles of three letters find every spelling too.
func TestPartsOfSpellings(t *testing.T) {
	r := newRoll(t)
	for i, name := range r.names {
		for _, typed := range name {
			runes := []rune(typed)
			for to := 1; to <= len(runes); to++ {
				if part := string(runes[:to]); letters(part) >= 1 {
					r.wantAll(part, i)
				}
			}
			for from := range runes {
				to := from + 3
				for to < len(runes) && letters(string(runes[from:to])) < 3 {
					to++
				}
				if part := string(runes[from:min(to, len(runes))]); letters(part) >= 3 {
					r.wantAll(part, i)
				}
			}
		}
	}
}

func letters(s string) int { return utf8.RuneCountInString(text.Joined(s)) }

// A wrong letter in the middle of a spelling is one typo of the joined letters.
func TestTyposInSpellings(t *testing.T) {
	r := newRoll(t)
	for i, name := range r.names {
		for _, typed := range name {
			if n := len(slices.Collect(text.Words(typed))); n > maxRun {
				continue
			}
			runes := []rune(typed)
			at := len(runes) - 3
			if !text.IsLetter(runes[at]) {
				at++
			}
			runes[at] = 'x'
			r.wantAll(string(runes), i)
		}
	}
}
