package index

import (
	"io/fs"
	"path/filepath"
)

// Counts is how many records lists know, whatever their state. ok is false until the index is loaded.
func (ix *Index) Counts() (customers, interactions, feedback int, ok bool) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return len(ix.customers.ids), int(ix.interactions.live.GetCardinality()), int(ix.feedback.live.GetCardinality()), ix.ready
}

// Size is how many bytes the index has on disk. Files that are merged away meanwhile do not count.
func (ix *Index) Size() (bytes int64) {
	_ = filepath.WalkDir(ix.dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}
