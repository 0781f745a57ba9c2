package column

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTexts puts and replaces texts, often enough that the column is compacted, and compares with a plain list. Then it saves and
// reads the column.
func TestTexts(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var c Texts
	var want []string
	for n := range 60_000 {
		row := uint32(random.IntN(len(want) + 1))
		if len(want) == 500 {
			row = uint32(random.IntN(500))
		}
		text := strings.Repeat(fmt.Sprintf("%d ", n), random.IntN(100))
		c.Put(row, []byte(text))
		if int(row) == len(want) {
			want = append(want, "")
		}
		want[row] = text
	}
	compare := func(what string, c *Texts) {
		t.Helper()
		if c.Len() != len(want) {
			t.Fatalf("%s: got %d rows, want %d", what, c.Len(), len(want))
		}
		for row, text := range want {
			if got := string(c.Get(uint32(row))); got != text {
				t.Fatalf("%s: row %d has %.20q, want %.20q", what, row, got, text)
			}
		}
	}
	compare("put", &c)
	if len(c.blocks) > 8 {
		t.Errorf("%d blocks for 500 texts", len(c.blocks))
	}
	path := filepath.Join(t.TempDir(), "texts")
	save(t, path, func(e *Encoder) { c.Encode(e) })
	var read Texts
	load(t, path, func(d *Decoder) { read.Decode(d) })
	compare("read", &read)
	read.Put(uint32(len(want)), []byte("more"))
	want = append(want, "more")
	compare("read and put", &read)
}

func save(t *testing.T, path string, write func(*Encoder)) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	e := NewEncoder(file)
	write(e)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, path string, read func(*Decoder)) {
	t.Helper()
	if err := VerifyChecksum(path); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	d, err := NewDecoder(file)
	if err != nil {
		t.Fatal(err)
	}
	if read(d); d.Err() != nil {
		t.Fatal(d.Err())
	}
}

func TestBits(t *testing.T) {
	bits := NewBits(1000)
	defer bits.Free()
	for _, row := range []uint32{3, 64, 700, 999} {
		bits.Add(row)
	}
	bits.Or(UpTo(5))
	some := UpTo(701)
	some.Remove(64)
	bits.And(some)
	var visited []uint32
	bits.Each(0, len(bits), func(row uint32) { visited = append(visited, row) })
	want := []uint32{0, 1, 2, 3, 4, 700}
	if !slices.Equal(visited, want) || !slices.Equal(bits.Bitmap().ToArray(), want) {
		t.Errorf("got %v and %v, want %v", visited, bits.Bitmap(), want)
	}
	if bits.Contains(64) || !bits.Contains(700) || bits.Contains(1_000_000) {
		t.Error("Contains disagrees")
	}
}
