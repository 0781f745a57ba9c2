package local

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"

	"crm/store/backup"
)

// Backup makes a backup to a file or a folder, whose path must be absolute. A service makes it in its own folder of backups; anywhere else
// this process writes it, of what the service sends. It is encrypted for recipients, or with none as the service encrypts its own.
func (c *Client) Backup(ctx context.Context, to string, recipients *backup.Recipients) (b backup.File, err error) {
	switch {
	case c.inner != nil:
		c.inner.backups.Recipients = recipients
		return c.inner.backups.MakeAnywhere(ctx, to)
	case recipients == nil && filepath.Clean(to) == filepath.Clean(c.note.Backups):
		err = c.call(ctx, "crm:create:backups", "POST", "/api/v1/backups", map[string]string{}, &b)
	default:
		b, err = backup.Receive(ctx, to, recipients, c.download)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", to, err)
	}
	return b, err
}

// download writes to w what is going to be a backup at a path.
func (c *Client) download(ctx context.Context, path string, w io.Writer) error {
	r, err := c.request(ctx, "crm:download:backups", "POST", "/api/v1/backups/download", map[string]string{"path": path})
	if err != nil {
		return err
	}
	response, err := (&http.Client{Transport: c.transport}).Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusOK {
		_, err = io.Copy(w, response.Body)
		return err
	}
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	return c.refusal(response.StatusCode, raw)
}
