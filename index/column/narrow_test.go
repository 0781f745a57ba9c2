package column

import (
	"math/rand/v2"
	"testing"
)

func TestNarrow(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var c Narrow
	var want []uint32
	for _, most := range []uint32{200, 255, 256, 40_000, 65_535, 65_536, 1 << 31} {
		for range 2_000 {
			c.Grow()
			want = append(want, 0)
			row, n := uint32(random.IntN(len(want))), random.Uint32N(most)+1
			c.Set(row, n)
			want[row] = n
		}
		c.Set(0, most)
		want[0] = most
		for row := range want {
			if got := c.Get(uint32(row)); got != want[row] {
				t.Fatalf("numbers up to %d: row %d has %d, want %d", most, row, got, want[row])
			}
		}
	}
	if c.Len() != len(want) {
		t.Errorf("got %d rows, want %d", c.Len(), len(want))
	}
}
