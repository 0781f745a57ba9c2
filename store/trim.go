package store

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"slices"
	"time"
)

// ErrTrimmed is returned for changes that were removed from the log. A follower of the log must then read all records again.
var ErrTrimmed = errors.New("the change log does not go back that far")

// trimChunk is how many entries a transaction of Trim removes at most, so that other writes do not wait for long.
const trimChunk = 1_000

// metaTrimmed is the key of the sequence up to which the log was trimmed.
var metaTrimmed = []byte("trimmed")

// trimmed returns the sequence up to which changes were removed from the log, or 0 if the log is complete.
func (tx *Tx) trimmed() uint64 {
	if raw := tx.kv.Get(bucketMeta, metaTrimmed); len(raw) == 8 {
		return binary.BigEndian.Uint64(raw)
	}
	return 0
}

// Trim removes the changes before a time from the log, and returns their number. Records stay as they are.
func (s *Store) Trim(ctx context.Context, before Time) (n int, err error) {
	for ctx.Err() == nil {
		removed := 0
		_, err := s.Update(By{Actor: "history"}, func(tx *Tx) (err error) {
			removed, err = tx.trim(before)
			return err
		})
		if n += removed; err != nil || removed < trimChunk {
			return n, err
		}
	}
	return n, ctx.Err()
}

// trim removes the oldest changes, at most trimChunk. It never removes the newest change, from which the store reads its time at the next
// start.
func (tx *Tx) trim(before Time) (n int, err error) {
	var keys [][]byte
	newest := tx.Seq()
	old := 0 // how many of the keys belong to changes before the time
	for key, raw := range tx.kv.Scan(bucketLog, nil) {
		c, err := tx.decodeChange(key, raw)
		if err == nil && c.Time >= before || numberAt(key, 0) == newest || len(keys) == 2*trimChunk {
			break
		}
		if keys = append(keys, slices.Clone(key), slices.Concat(c.ID[:], key)); err == nil { // the time of an unreadable change is that of the next one
			old = len(keys)
		}
	}
	if keys = keys[:old]; len(keys) == 0 {
		return 0, nil
	}
	for pair := range slices.Chunk(keys, 2) {
		if err := errors.Join(tx.delete(bucketLog, pair[0]), tx.delete(bucketLogRecord, pair[1])); err != nil {
			return 0, err
		}
	}
	return len(keys) / 2, tx.put(bucketMeta, metaTrimmed, keys[len(keys)-2])
}

// KeepHistory removes changes that are older than keep from the log, every hour until ctx ends. With 0 it removes none.
func (s *Store) KeepHistory(ctx context.Context, keep time.Duration, log *slog.Logger) {
	if keep <= 0 {
		return
	}
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		switch n, err := s.Trim(ctx, s.Now().Add(-keep)); {
		case err != nil && ctx.Err() == nil:
			log.Error("trimming the change log failed; it is tried again in an hour", "err", err)
		case n > 0:
			log.Info("changes were removed from the log", "changes", n, "older_than", keep.String())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// logSize returns the number of changes in the log, the time of the oldest, and their approximate size in bytes, which is estimated from
// the newest thousand.
func (tx *Tx) logSize() (changes uint64, since Time, bytes uint64) {
	first, last := tx.trimmed()+1, tx.Seq()
	if last < first {
		return 0, tx.now, 0
	}
	changes = last + 1 - first
	if c, err := tx.change(seqKey(first)); err == nil {
		since = c.Time
	}
	sample := min(changes, 1_000)
	for key, value := range tx.kv.Scan(bucketLog, seqKey(last+1-sample)) {
		bytes += uint64(len(key) + len(value))
	}
	return changes, since, bytes * changes / sample
}
