package terminal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"crm/httpapi/local"
	"crm/httpapi/server"
	"crm/store"
	"crm/store/backup"
)

// Explain adds to an error what its reader can do about it.
func Explain(err error) string {
	if errors.Is(err, context.Canceled) {
		return "stopped before it was done"
	}
	if sentence := explainSetting(err); sentence != "" {
		return sentence
	}
	said := err.Error()
	if demo, ok := errors.AsType[*server.DemoPasswordError](err); ok {
		return fmt.Sprintf("%s: give each of them another one with crm user passwd EMAIL --data %s, or keep them out with crm user disable; or begin with another folder", said, demo.Data)
	}
	switch {
	case errors.Is(err, local.ErrNoService):
		return local.ErrNoService.Error()
	case errors.Is(err, local.ErrNoKey):
		return said + ": crm serve makes one at its first start"
	case errors.Is(err, local.ErrNoData):
		return said + ": name its folder with --data, or start with crm user add"
	case errors.Is(err, local.ErrNotRunning):
		return said + ": start it with crm serve, or name another one with --data or --url"
	case errors.Is(err, server.ErrNotDemo):
		return said + ": choose another one with --data, or use crm serve"
	case errors.Is(err, store.ErrLocked):
		return said + "; stop that one first, or choose another folder with --data"
	case strings.HasPrefix(said, "--"): // it names the flag already
		return said
	case errors.Is(err, syscall.ENOTDIR):
		return said + "; a file is where a folder should be: name a folder"
	case errors.Is(err, os.ErrPermission):
		return said + "; name a file or folder that you may use (--data is that of the data), or run crm as the user that it belongs to"
	}
	if migration, ok := errors.AsType[*store.MigrationError](err); ok && !migration.Backup {
		return said + "; make it possible, or name another folder with crm serve --backup-dir"
	}
	return said + Advice(err)
}

// explainSetting returns the sentence for a wrong setting of a service, or "" for other errors.
func explainSetting(err error) string {
	var setting *server.SettingError
	var certificate *server.CertificateError
	var key *server.KeyError
	switch {
	case errors.As(err, &certificate) && certificate.Unreadable:
		return fmt.Sprintf("--tls-cert and --tls-key must name files that this user can read: %v", err)
	case errors.As(err, &certificate):
		return fmt.Sprintf("--tls-cert %s and --tls-key %s are not a certificate and its key in PEM: %v", certificate.CertFile, certificate.KeyFile, certificate.Err)
	case errors.As(err, &key):
		return fmt.Sprintf("%v: take it from a backup, or delete it and let everybody sign in again", err)
	case !errors.As(err, &setting):
		return ""
	}
	switch flag := "--" + setting.Setting; {
	case strings.HasSuffix(flag, "listen") && errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf("another program has %s: stop it, or choose another one with %s, such as 127.0.0.1:8002", setting.Value, flag)
	case strings.HasSuffix(flag, "listen") && errors.Is(err, os.ErrPermission):
		return fmt.Sprintf("this user may not listen at %s: choose a port from 1024 on with %s, such as 127.0.0.1:8001", setting.Value, flag)
	case strings.HasSuffix(flag, "listen"):
		return fmt.Sprintf("%s %s is no address of this machine (%v): give one that it has, such as 127.0.0.1:8001, or 0.0.0.0:8001 for all", flag, setting.Value, setting.Err)
	case flag == "--jwt-secret-file" && errors.Is(err, server.ErrEmpty):
		return fmt.Sprintf("%s is empty: it must have the secret that is shared with the other issuer", setting.Value)
	case flag == "--jwt-secret-file":
		return fmt.Sprintf("%s must name a file with the secret that is shared with the other issuer: %v", flag, setting.Err)
	case flag == "--jwks" && errors.As(err, new(*os.PathError)):
		return fmt.Sprintf("%s must name a file with the other issuer's keys (a JSON Web Key Set), or their address, which begins with https://: %v", flag, setting.Err)
	case flag == "--timezone":
		return fmt.Sprintf("%s: %v", flag, setting.Err)
	}
	return "--" + err.Error()
}

// ExplainBackup says what to do about a file that is not there or is no backup.
func ExplainBackup(path string, err error) error {
	const look = "crm backup list shows the backups of a folder, and which of them are whole"
	if _, gone := os.Stat(path); errors.Is(gone, os.ErrNotExist) {
		return fmt.Errorf("there is no file %s: %s", path, look)
	}
	if errors.Is(err, backup.ErrNotBackup) {
		return fmt.Errorf("%s: %w; %s", path, err, look)
	}
	return err
}
