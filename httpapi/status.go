package httpapi

import (
	"os"
	"runtime"
	"time"

	"crm/store"
)

// A Status is the answer of GET /status, with the state of the service for administrators.
type Status struct {
	Version    string      `json:"version"`
	GoVersion  string      `json:"go_version"`
	ZoneData   string      `json:"timezone_data"` // the version of the zone data in use
	StartedAt  store.Time  `json:"started_at"`
	Uptime     int64       `json:"uptime_seconds"`
	Schema     int         `json:"schema"`
	Seq        uint64      `json:"seq"` // of the newest change
	Counts     counts      `json:"counts"`
	Sizes      sizes       `json:"sizes"`
	Index      indexStatus `json:"index"`
	LastBackup *lastBackup `json:"last_backup"`      // null if there is no verified one
	FailedAt   *store.Time `json:"backup_failed_at"` // null unless the last scheduled backup failed
	DiskFree   uint64      `json:"disk_free"`        // bytes
	Unreadable Unreadable  `json:"unreadable"`
}

// Unreadable are the damaged records, which every list leaves out.
type Unreadable struct {
	Count int              `json:"count"`
	First []unreadableItem `json:"first"` // at most mostUnreadable
}

// An unreadableItem is a record by its id, or an entry of the change log by its sequence.
type unreadableItem struct {
	Kind store.Kind `json:"kind"`
	ID   *store.ID  `json:"id"`
	Seq  *uint64    `json:"seq"`
}

// mostUnreadable is how many of them are listed. The command crm check lists all.
const mostUnreadable = 20

// counts has the number of records of each kind.
type counts struct {
	Customers    int `json:"customers"`
	Interactions int `json:"interactions"`
	Feedback     int `json:"feedback"`
	Segments     int `json:"segments"`
	Users        int `json:"users"`
}

// sizes are in bytes on disk.
type sizes struct {
	Database     int64 `json:"database"`
	DatabaseFree int64 `json:"database_free"` // of these, in free pages
	Index        int64 `json:"index"`
	Backups      int64 `json:"backups"`
}

type indexStatus struct {
	Ready bool `json:"ready"`
	Lag   int  `json:"search_lag"`
}

type lastBackup struct {
	Path       string      `json:"path"`
	Time       store.Time  `json:"time"`
	Size       int64       `json:"size"`
	VerifiedAt *store.Time `json:"verified_at"`
}

func (a *API) status(c *call) error {
	counts, err := a.counts()
	if err != nil {
		return err
	}
	free, err := a.Store.DiskFree()
	if err != nil {
		return err
	}
	lag, _, ready := a.Index.Lag()
	now := a.Clock()
	s := Status{
		Version: a.Version, GoVersion: runtime.Version(), ZoneData: a.Store.Zone().Data().Version, StartedAt: store.TimeOf(a.started), Uptime: int64(now.Sub(a.started) / time.Second),
		Schema: store.Schema(), Seq: a.Store.Seq(), Counts: counts, Sizes: a.sizes(), Index: indexStatus{ready, lag}, FailedAt: a.Backups.Failed(), DiskFree: free,
		Unreadable: a.unreadable(),
	}
	if b, ok := a.Backups.Last(); ok {
		s.LastBackup = &lastBackup{b.Path, b.Time, b.Size, b.VerifiedAt}
	}
	return c.respond(s)
}

func (a *API) unreadable() Unreadable {
	total, found := a.Store.Unreadable(mostUnreadable)
	list := Unreadable{total, []unreadableItem{}}
	for _, u := range found {
		item := unreadableItem{Kind: u.Kind, ID: &u.ID}
		if u.Kind == store.KindChange {
			item.ID, item.Seq = nil, &u.Seq
		}
		list.First = append(list.First, item)
	}
	return list
}

// counts returns the number of records of each kind. It asks the index if that is loaded, since the store has to read all pages of
// customers, interactions and feedback to count them.
func (a *API) counts() (n counts, err error) {
	customers, interactions, feedback, ready := a.Index.Counts()
	err = a.Store.View(func(tx *store.Tx) error {
		if n = (counts{customers, interactions, feedback, tx.Count(store.KindSegment), tx.Count(store.KindUser)}); !ready {
			n.Customers, n.Interactions, n.Feedback = tx.Count(store.KindCustomer), tx.Count(store.KindInteraction), tx.Count(store.KindFeedback)
		}
		return nil
	})
	return n, err
}

func (a *API) sizes() sizes {
	return sizes{a.Store.Size(), a.Store.Free(), a.Index.Size(), folderSize(a.Backups.Dir)}
}

// folderSize returns the size in bytes of the files in a folder, without its subfolders.
func folderSize(dir string) (bytes int64) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	for _, file := range files {
		if info, err := file.Info(); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
	}
	return bytes
}
