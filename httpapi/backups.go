package httpapi

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"crm/httpapi/wire"
	"crm/store"
	"crm/store/backup"
)

// createBackup makes a backup. It answers when the backup is written and verified, however long that takes.
func (a *API) createBackup(c *call) error {
	var path string
	c.body.Text("path", &path)
	if path != "" && !filepath.IsAbs(path) && !strings.HasPrefix(path, `\\`) && !c.body.Problems.Has("path") {
		c.body.Wrong("path", "path", "Must begin at the root of the server's file system")
	}
	if err := c.body.Err(); err != nil {
		return err
	}
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Time{}) // the server's deadline is for short requests; the recorders of tests have none
	made, err := a.Backups.Make(c.r.Context(), c.by(), path)
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
	case errors.Is(err, backup.ErrNetworkPath):
		return wire.Reject("path", "Must not name another machine: give a folder of the server's own, or let crm backup write the file where you are", "body", "path")
	case errors.Is(err, backup.ErrNotAllowed):
		return wire.Reject("path", "Must be in the service's folder of backups, or in one that it was started with --backup-allow for; crm backup writes to any folder", "body", "path")
	case errors.Is(err, backup.ErrExists):
		return wire.Reject("taken", "There is a file of this name already: choose another name, or a folder", "body", "path")
	case errors.Is(err, syscall.ENOTDIR):
		return wire.Reject("path", "Cannot be written to: a file is where a folder should be", "body", "path")
	case ok:
		return wire.Reject("path", "Cannot be written to: "+place.Err.Error(), "body", "path")
	}
	return err
}

// permissionDownload is in no role, and no wildcard stands for it: a backup has the key that signs tokens and the hashes of passwords,
// and who has them can be anyone. Commands on the server's machine sign a token that names it, with that key.
const permissionDownload = "crm:download:backups"

// downloadBackup sends a backup to who writes it to a path elsewhere.
func (a *API) downloadBackup(c *call) error {
	var path string
	c.body.Text("path", &path)
	if path == "" {
		c.body.Wrong("path", "missing", "Field required")
	}
	if err := c.body.Err(); err != nil {
		return err
	}
	if !c.caller.own || !slices.Contains(c.caller.permissions, permissionDownload) {
		return wire.Forbidden(permissionDownload)
	}
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Time{}) // as createBackup
	return a.Backups.Send(c.r.Context(), c.by(), path, func(made backup.File, content io.Reader) error {
		return c.sendFile(made.Size, content)
	})
}

// sendFile answers with the content of a file, a chunk at a time.
func (c *call) sendFile(size int64, content io.Reader) error {
	h := c.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	h.Set(gzhttp.HeaderNoCompression, "1")
	out, chunk := c.chunked(30*time.Second), make([]byte, 64<<10)
	for {
		n, err := content.Read(chunk)
		if n > 0 && !out.write(chunk[:n]) || errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
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
