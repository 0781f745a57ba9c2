package backup

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"crm/store"
)

// A copies value keeps keep in one place what a schedule keeps in its folder.
type copies struct {
	schedule *Schedule
	place    Place
	wake     chan struct{} // gets a token when there is something to copy

	mu       sync.Mutex
	known    []File // what the place had at the last look, newest first
	looked   bool   // there was one
	failedAt store.Time
}

// An Offsite is the state of a place with copies.
type Offsite struct {
	To       string      `json:"to"`
	Newest   *File       `json:"-"`         // the newest verified copy; nil where there is none, or the place was not reached yet
	FailedAt *store.Time `json:"failed_at"` // when copying failed; null when it did not, or succeeded since
}

// Times between two attempts to copy.
const (
	minRetry = time.Minute
	maxRetry = time.Hour
)

var errOtherCopy = errors.New("there is another file of this name")

// offsite are the copies of a schedule, one for each place.
func (b *Schedule) offsite() []*copies {
	b.placing.Do(func() {
		for _, p := range b.To {
			b.places = append(b.places, &copies{schedule: b, place: p, wake: make(chan struct{}, 1)})
		}
	})
	return b.places
}

// changed lets all places know that there is something to copy.
func (b *Schedule) changed() {
	for _, c := range b.offsite() {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}

// runCopies copies what is made until ctx ends.
func (b *Schedule) runCopies(ctx context.Context) {
	var all sync.WaitGroup
	for _, c := range b.offsite() {
		all.Go(func() { c.run(ctx) })
	}
	all.Wait()
}

// run copies at its start, whenever there is something, and again when that failed. What is missing is found each time by comparing
// both sides: nothing is forgotten over a restart.
func (c *copies) run(ctx context.Context) {
	retry := minRetry
	for ctx.Err() == nil {
		wait := max(c.schedule.Every, maxRetry)
		err := c.sync(ctx)
		if err == nil {
			retry = minRetry
		} else if ctx.Err() == nil {
			wait, retry = retry, min(2*retry, maxRetry)
			c.schedule.log().Error("backups were not copied", "to", c.place.String(), "err", err, "again_in", wait)
		}
		c.done(ctx, err)
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-time.After(wait):
		}
	}
}

func (c *copies) done(ctx context.Context, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		c.failedAt = 0
	case ctx.Err() == nil:
		c.failedAt = c.schedule.Store.Now()
	}
}

// sync copies what the place lacks, newest first, and removes what is too old.
func (c *copies) sync(ctx context.Context) error {
	there, err := c.look(ctx)
	if err != nil {
		return err
	}
	missing, err := c.missing(there)
	for _, b := range missing {
		if e := c.place.put(ctx, b.Path); e != nil {
			return errors.Join(err, fmt.Errorf("copy %s: %w", b.Path, e))
		}
		c.schedule.log().Info("backup copied", "path", b.Path, "to", c.place.path(filepath.Base(b.Path)))
	}
	if len(missing) > 0 {
		var e error
		if there, e = c.look(ctx); e != nil {
			return errors.Join(err, e)
		}
	}
	return errors.Join(err, c.prune(ctx, there))
}

// look reads what the place has.
func (c *copies) look(ctx context.Context) ([]File, error) {
	there, err := c.place.list(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known, c.looked = there, true
	return there, nil
}

// missing are the verified backups of the store that the place has not. A file of another database under the name of one is an error, and
// the others are copied.
func (c *copies) missing(there []File) (missing []File, err error) {
	here, err := List(c.schedule.Dir)
	if err != nil {
		return nil, err
	}
	for _, b := range here {
		if b.VerifiedAt == nil || b.Database != c.schedule.Store.ID() {
			continue
		}
		i := slices.IndexFunc(there, func(t File) bool { return nameOf(t) == filepath.Base(b.Path) })
		switch {
		case i < 0:
			missing = append(missing, b)
		case there[i].Database != b.Database || there[i].Size != b.Size:
			err = errors.Join(err, fmt.Errorf("%s: %w", there[i].Path, errOtherCopy))
		}
	}
	return missing, err
}

// prune removes the oldest copies of scheduled backups, as Schedule.prune does here.
func (c *copies) prune(ctx context.Context, there []File) (err error) {
	kept := 0
	for _, b := range there {
		if !c.schedule.ours(b) || !strings.HasPrefix(nameOf(b), "crm-") {
			continue
		}
		if kept++; kept > max(c.schedule.Keep, 1) {
			err = errors.Join(err, c.place.remove(ctx, nameOf(b)))
		}
	}
	if err == nil && kept > max(c.schedule.Keep, 1) {
		_, err = c.look(ctx)
	}
	return err
}

// nameOf is the name of a backup's file, here or in a bucket.
func nameOf(b File) string {
	if !IsRemote(b.Path) {
		return filepath.Base(b.Path)
	}
	address, _, _ := strings.Cut(b.Path, "?")
	return path.Base(address)
}

// Offsite returns the state of each place that has copies.
func (b *Schedule) Offsite() (all []Offsite) {
	for _, c := range b.offsite() {
		all = append(all, c.state())
	}
	return all
}

func (c *copies) state() Offsite {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := Offsite{To: c.place.String()}
	for i := range c.known {
		if c.known[i].VerifiedAt != nil && c.schedule.Store.Owns(c.known[i].Database) {
			o.Newest = &c.known[i]
			break
		}
	}
	if c.failedAt != 0 {
		at := c.failedAt
		o.FailedAt = &at
	}
	return o
}

// retained are the copies that may have a record that was made at a time, and those that are going to be made of what is here. A place
// that was not reached since the start may have any.
func (c *copies) retained(here []Retained, made store.Time) (all []Retained) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.looked {
		return []Retained{{Path: c.place.String(), Time: c.schedule.Store.Now()}}
	}
	newer := 0
	for _, b := range c.known {
		r := Retained{Path: b.Path, Time: b.Time}
		if c.schedule.ours(b) {
			r.Until = c.schedule.until(newer)
			newer++
		}
		if b.Time >= made || b.Format == 0 {
			all = append(all, r)
		}
	}
	for _, r := range here {
		to := c.place.path(filepath.Base(r.Path))
		if filepath.Dir(r.Path) == filepath.Clean(c.schedule.Dir) && strings.HasSuffix(r.Path, Suffix) && !slices.ContainsFunc(all, func(r Retained) bool { return r.Path == to }) {
			all = append(all, Retained{to, r.Time, r.Until})
		}
	}
	return all
}
