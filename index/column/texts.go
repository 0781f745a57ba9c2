package column

// Texts is a column of texts of less than 64 KB. It keeps them in large blocks, so that growing copies nothing and the garbage
// collector sees few pointers. The zero value is an empty column.
type Texts struct {
	blocks [][]byte
	at     []uint32 // by row: number of the block and offset in it
	length []uint16 // by row
	wasted int      // bytes of replaced texts
}

const (
	blockBits = 20
	blockSize = 1 << blockBits
)

// Len returns the number of rows.
func (t *Texts) Len() int { return len(t.at) }

// Get returns the text of a row. The caller must not change it, and may keep it only until the next Put.
func (t *Texts) Get(row uint32) []byte {
	at := t.at[row]
	from := at & (blockSize - 1)
	return t.blocks[at>>blockBits][from : from+uint32(t.length[row])]
}

// Put copies a text into a row: the next one, or one that exists.
func (t *Texts) Put(row uint32, text []byte) {
	if int(row) == len(t.at) {
		t.at, t.length = Grow(t.at), Grow(t.length)
	} else if t.wasted += int(t.length[row]); t.wasted > 4*blockSize && t.wasted > len(t.blocks)*blockSize/2 {
		t.compact()
	}
	t.append(row, text)
}

func (t *Texts) append(row uint32, text []byte) {
	last := len(t.blocks) - 1
	if last < 0 || len(t.blocks[last])+len(text) > blockSize {
		t.blocks = append(t.blocks, make([]byte, 0, blockSize))
		last++
	}
	t.at[row] = uint32(last)<<blockBits | uint32(len(t.blocks[last]))
	t.length[row] = uint16(len(text))
	t.blocks[last] = append(t.blocks[last], text...)
}

// compact copies the texts that are in use to new blocks and drops the old ones.
func (t *Texts) compact() {
	old := *t
	t.blocks, t.wasted = nil, 0
	for row := range t.at {
		at, from := old.at[row]>>blockBits, old.at[row]&(blockSize-1)
		t.append(uint32(row), old.blocks[at][from:from+uint32(old.length[row])])
	}
}

// Encode writes the column.
func (t *Texts) Encode(e *Encoder) {
	e.Number(uint64(len(t.blocks)))
	for _, block := range t.blocks {
		Write(e, block)
	}
	Write(e, t.at)
	Write(e, t.length)
	e.Number(uint64(t.wasted))
}

// Decode reads the column.
func (t *Texts) Decode(d *Decoder) {
	for range d.Length(8) {
		block := make([]byte, min(d.Length(1), blockSize), blockSize)
		d.Bytes(block)
		t.blocks = append(t.blocks, block)
	}
	t.at = Read[uint32](d)
	t.length = Read[uint16](d)
	t.wasted = int(d.Number())
}
