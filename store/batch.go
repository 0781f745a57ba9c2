package store

import "encoding/json"

// A Batch is many changes that were made as one, in one transaction.
type Batch struct {
	ID      ID     `json:"id"`
	Kind    string `json:"kind"`
	Title   string `json:"title"` // what tells it from others of its kind
	Actor   string `json:"actor"` // as in Change
	Time    Time   `json:"time"`
	Changes int    `json:"changes"` // how many entries of the log name it
}

// BatchZone is the kind of a batch that computed the instants of follow-ups anew, since the office's clock has other rules.
const BatchZone = "zone"

// inBatch runs fn, whose changes belong to a new batch of a kind. A batch without changes is not kept.
func (tx *Tx) inBatch(kind, title string, fn func() error) error {
	b := Batch{ID: tx.ids.Next(tx.now), Kind: kind, Title: title, Actor: tx.by.Actor, Time: tx.now}
	before := tx.seq
	tx.batch = &b.ID
	defer func() { tx.batch = nil }()
	if err := fn(); err != nil || tx.seq == before {
		return err
	}
	b.Changes = int(tx.seq - before)
	raw, err := Encode(b)
	if err != nil {
		return err
	}
	return tx.put(bucketBatches, b.ID[:], raw)
}

// Batch is the batch that entries of the log name, or a NotFoundError.
func (tx *Tx) Batch(id ID) (*Batch, error) {
	raw := tx.kv.Get(bucketBatches, id[:])
	if raw == nil {
		return nil, NotFoundError{"batch"}
	}
	b := new(Batch)
	return b, json.Unmarshal(raw, b)
}
