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
	"crm/store/backup/s3"
)

// Explain returns the text of an error, and what its reader can do about it.
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
	case flag == "--backup-to":
		return "--backup-to: " + ExplainPlace(setting.Value, setting.Err).Error()
	case flag == "--backup-recipient":
		return ExplainRecipients(setting.Err).Error()
	case flag == "--timezone":
		return fmt.Sprintf("%s: %v", flag, setting.Err)
	}
	return "--" + err.Error()
}

// ExplainBackup returns an error that says what to do about a file that does not exist or is not a backup. name is what the user calls the
// file at path.
func ExplainBackup(name, path string, err error) error {
	const look = "crm backup list shows the backups of a folder, and which of them are whole"
	if _, gone := os.Stat(path); errors.Is(gone, os.ErrNotExist) {
		return fmt.Errorf("there is no file %s: %s", name, look)
	}
	switch {
	case errors.Is(err, backup.ErrEncrypted):
		return fmt.Errorf("%s is encrypted%s: give the file with its secret key, or its passphrase, with --identity", name, encryptedFor(path))
	case errors.Is(err, backup.ErrWrongIdentity):
		return fmt.Errorf("%s is encrypted%s, and --identity names another key or passphrase", name, encryptedFor(path))
	case errors.Is(err, backup.ErrNotBackup):
		return fmt.Errorf("%s: %w; %s", name, err, look)
	}
	return err
}

// encryptedFor says for whom a backup is encrypted, a part of a sentence.
func encryptedFor(path string) string {
	b, err := backup.Read(path)
	if err != nil || len(b.EncryptedFor) == 0 {
		return ""
	}
	return " for " + strings.Join(b.EncryptedFor, ", ")
}

// ExplainRecipients says what to do where a backup cannot be encrypted as it was asked for.
func ExplainRecipients(err error) error {
	switch {
	case errors.Is(err, backup.ErrRecipient):
		return fmt.Errorf("--backup-recipient %w: crm backup key makes one, which begins with age1", err)
	case errors.Is(err, backup.ErrKeysAndPassphrase):
		return errors.New("--backup-recipient and --backup-passphrase-file exclude each other: a backup is encrypted for keys or with a passphrase")
	case errors.Is(err, backup.ErrNoPassphrase):
		return fmt.Errorf("--backup-passphrase-file: %w", err)
	case errors.Is(err, backup.ErrEncryptedAlready):
		return fmt.Errorf("%w: leave out --backup-recipient and --backup-passphrase-file", err)
	}
	return err
}

// ExplainPlace says what to do about a bucket that cannot be used.
func ExplainPlace(address string, err error) error {
	switch {
	case errors.Is(err, s3.ErrNoCredentials):
		return fmt.Errorf("there are no keys to %s: set $AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY, or name a file with --backup-keys", address)
	case errors.Is(err, s3.ErrLocation):
		return fmt.Errorf("%w: give s3://bucket/prefix?endpoint=https://HOST&region=REGION, in quotation marks", err)
	case errors.Is(err, s3.ErrDenied):
		return fmt.Errorf("%w; look at $AWS_ACCESS_KEY_ID, or at the file that --backup-keys names", err)
	}
	return err
}
