package store

import "encoding/json"

// A Batch names the changes that one request made to many records, in one transaction.
type Batch struct {
	ID      ID     `json:"id"`
	Kind    string `json:"kind"`
	Title   string `json:"title"` // distinguishes it from others of its kind
	Actor   string `json:"actor"` // as in Change
	Time    Time   `json:"time"`
	Changes int    `json:"changes"` // how many entries of the log name it
}

// BatchZone is the kind of a batch that computed the instants of follow-ups again, because the rules of the office's time zone changed.
const BatchZone = "zone"

// inBatch runs fn, and records its changes as a new batch of a kind. A batch without changes is not stored.
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

// Batch returns a batch by its id, or a NotFoundError.
func (tx *Tx) Batch(id ID) (*Batch, error) {
	raw := tx.kv.Get(bucketBatches, id[:])
	if raw == nil {
		return nil, NotFoundError{"batch"}
	}
	b := new(Batch)
	return b, json.Unmarshal(raw, b)
}
