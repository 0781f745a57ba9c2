package server

import (
	"cmp"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"crm/httpapi"
	"crm/store"
)

// Settings are the settings of a service. Data, Listen, Timezone, Region and Log are required.
type Settings struct {
	Data          string // the data folder
	Listen        string // address and port of the API
	MetricsListen string // address and port of the metrics; none when empty
	TLSCert       string // PEM files; HTTP without TLS if both are empty
	TLSKey        string
	TLSDomain     string // a name to get a certificate for, in place of the files
	Timezone      string // of the office
	Region        string // of phone numbers without a country code

	Origins   []string // see httpapi.Config
	Localhost bool
	Proxies   []string
	Limits    httpapi.Limits
	HashCost  int

	AccessTTL     time.Duration // of access tokens
	RefreshTTL    time.Duration // of sessions and their refresh tokens
	SecretFile    string        // of another issuer of tokens (HS256)
	JWKS          string        // file or address of another issuer's keys
	TokenIssuer   string        // the claims iss and aud that this issuer's tokens must have
	TokenAudience string

	Recalculate time.Duration // how often segments are recalculated; 0 for never
	BackupDir   string        // if empty, a folder in the data folder
	BackupEvery time.Duration // 0 for never
	BackupKeep  int           // how many scheduled backups are kept
	History     time.Duration // how long the change log is kept; 0 for ever

	Version string // of the program
	Log     *slog.Logger
}

// backupDir returns the folder of the backups.
func (s *Settings) backupDir() string {
	return cmp.Or(s.BackupDir, filepath.Join(s.Data, store.BackupsName))
}

// A SettingError is returned for a setting that cannot be used. Setting is the name of its flag.
type SettingError struct {
	Setting, Value string
	Err            error
}

func (e *SettingError) Error() string { return fmt.Sprintf("%s %s: %s", e.Setting, e.Value, e.Err) }
func (e *SettingError) Unwrap() error { return e.Err }
