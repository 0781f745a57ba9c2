package httpapi

import (
	"errors"
	"io/fs"
	"net/http"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"crm/httpapi/wire"
	"crm/store"
	"crm/store/backup"
)

// createBackup makes a backup. It answers when the backup is written and verified, however long that takes.
func (a *API) createBackup(c *call) error {
	var path string
	c.body.Text("path", &path)
	if path != "" && !filepath.IsAbs(path) && !c.body.Problems.Has("path") {
		c.body.Wrong("path", "path", "Must begin at the root of the server's file system")
	}
	if err := c.body.Err(); err != nil {
		return err
	}
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Time{}) // the server's deadline is for short requests; the recorders of tests have none
	made, err := a.Backups.Make(c.r.Context(), path)
	if err != nil {
		return refusedPath(path, err)
	}
	raw, err := store.Encode(made)
	if err != nil {
		return err
	}
	return c.send(http.StatusCreated, raw)
}

// refusedPath returns a 422 if a path that the caller chose is wrong, and else err.
func refusedPath(path string, err error) error {
	place, ok := errors.AsType[*fs.PathError](err)
	switch {
	case path == "" || errors.Is(err, store.ErrFull):
		return err
	case errors.Is(err, backup.ErrExists):
		return wire.Reject("taken", "There is a file of this name already: choose another name, or a folder", "body", "path")
	case errors.Is(err, syscall.ENOTDIR):
		return wire.Reject("path", "Cannot be written to: a file is where a folder should be", "body", "path")
	case ok:
		return wire.Reject("path", "Cannot be written to: "+place.Err.Error(), "body", "path")
	}
	return err
}

func (a *API) listBackups(c *call) error {
	p := a.params(c)
	g := p.Paging("time")
	if err := p.Err(); err != nil {
		return err
	}
	list, err := a.Backups.List()
	if err != nil {
		return err
	}
	slices.Reverse(list) // PageOf takes the oldest first
	return sendItems(c, g, wire.PageOf(g, list), len(list))
}
