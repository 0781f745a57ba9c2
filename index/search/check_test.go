package search

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	index "github.com/blevesearch/bleve_index_api"
)

// check returns the problems of a directory's index, which must not be running.
func (d *directory) check() []string {
	d.t.Helper()
	problems, err := Check(d.dir, d.source())
	if err != nil {
		d.t.Fatal(err)
	}
	return problems
}

// checked returns a directory whose index has no problems and does not run, and Bleve's index opened.
func checked(t *testing.T) (*directory, *bleveIndex) {
	t.Helper()
	d := newDirectory(t, t.TempDir())
	d.fill(50)
	d.start()
	d.settled()
	d.stop()
	if problems := d.check(); problems != nil {
		t.Fatalf("before: got %q", problems)
	}
	b, err := openBleve(d.dir, false)
	if err != nil {
		t.Fatal(err)
	}
	return d, b
}

func TestCheckFindsFalseTerms(t *testing.T) {
	d, b := checked(t)
	if err := errors.Join(b.write([]Document{{d.ids[8], []byte("somebody else")}}, nil), b.flush(), b.close()); err != nil {
		t.Fatal(err)
	}
	problems := d.check()
	if len(problems) != 1 || !strings.Contains(problems[0], d.ids[8].String()) {
		t.Errorf("got %q, want one that names %s", problems, d.ids[8])
	}
	d.replace(8, person("Changed Since"))
	if problems := d.check(); problems != nil {
		t.Errorf("the customer has changed since: got %q", problems)
	}
}

// A customer without a document is named, and a damaged file is reported.
func TestCheckFindsWhatIsMissing(t *testing.T) {
	d, b := checked(t)
	batch := index.NewBatch()
	batch.Delete(string(d.ids[9][:]))
	if err := errors.Join(b.index.Batch(batch), b.flush(), b.close()); err != nil {
		t.Fatal(err)
	}
	if problems := d.check(); len(problems) != 1 || !strings.Contains(problems[0], "does not have the texts of 1 customers, first of "+d.ids[9].String()) {
		t.Errorf("got %q, want one that names %s", problems, d.ids[9])
	}
	files, err := filepath.Glob(filepath.Join(d.dir, "*.zap"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no segment in %s, %v", d.dir, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	if err := os.WriteFile(files[0], raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if problems := d.check(); len(problems) != 1 || !strings.Contains(problems[0], "the search index is damaged") {
		t.Errorf("got %q, want that it is damaged", problems)
	}
}
