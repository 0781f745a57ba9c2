package terminal

import (
	"errors"
	"fmt"
	"strings"

	"crm/store"
	"crm/store/backup"
)

// Advice returns what to do about a store.FolderError: how to bring back the newest verified backup. It continues the sentence of the
// error, and is "" for other errors.
func Advice(err error) string {
	folder, ok := errors.AsType[*store.FolderError](err)
	if !ok {
		return ""
	}
	advice := "; " + restore(folder)
	if errors.Is(err, store.ErrLost) {
		advice += "; to begin with an empty one on purpose, name another folder with --data, or move these elsewhere first: " + strings.Join(folder.Traces, ", ")
	}
	return advice
}

func restore(folder *store.FolderError) string {
	if b, ok := backup.NewestOf(folder.Dir, folder.Backups); ok {
		return fmt.Sprintf("the last verified backup is of %s: bring it back with crm restore %s --data %s", b.Time, b.Path, folder.Dir)
	}
	return fmt.Sprintf("there is no verified backup in %s: if there is one elsewhere, bring it back with crm restore FILE --data %s", folder.Backups, folder.Dir)
}
