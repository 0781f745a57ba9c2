package local

import (
	"context"
	"errors"
	"fmt"

	"crm/store/backup"
)

// Backup makes a backup to a file or a folder, whose path must be absolute.
func (c *Client) Backup(ctx context.Context, to string) (b backup.File, err error) {
	err = c.call(ctx, "crm:create:backups", "POST", "/api/v1/backups", map[string]string{"path": to}, &b)
	if refused := (*RefusedError)(nil); errors.As(err, &refused) {
		err = fmt.Errorf("%s: %w", to, err)
	}
	return b, err
}
