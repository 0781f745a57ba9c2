package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"crm/auth"
	"crm/httpapi"
	"crm/httpapi/local"
	"crm/httpapi/metrics"
	"crm/index"
	"crm/segments"
	"crm/store"
	"crm/store/backup"
	"crm/store/backup/s3"
	"crm/store/zone"
)

// Run opens the data folder and answers requests until ctx ends. If prepare is not nil, Run calls it before the first request. It calls
// started as soon as it listens.
func Run(ctx context.Context, settings Settings, prepare func(*store.Store) error, started func(Started) error) (err error) {
	s := &service{Settings: settings, log: settings.Log}
	if err := s.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	api, measured, err := s.listeners()
	if err != nil {
		return err
	}
	defer api.Close()
	if measured != nil {
		defer measured.Close()
	}
	if prepare != nil {
		if err := prepare(s.store); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx) // the first part that fails stops the others
	if err := s.assemble(ctx); err != nil {
		return err
	}
	removeNote, err := s.welcome(started, api, measured)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeNote()) }()
	s.start(ctx, group, api, measured)
	return group.Wait()
}

// A service is an open data folder with its index, backups and API.
type service struct {
	Settings
	store      *store.Store
	index      *index.Index
	backups    *backup.Schedule
	recipients *backup.Recipients // nil for backups that are not encrypted
	issuer     *auth.Issuer
	passing    *auth.Issuer // signs with a key that exists only in this process
	api        *httpapi.API
	metrics    *metrics.Metrics // nil where nothing is measured
	tls        security         // nil without TLS
	log        *slog.Logger
}

// open reads the certificate and opens the store.
func (s *service) open() (err error) {
	office, err := zone.Load(s.Timezone)
	if err != nil {
		return &SettingError{"timezone", s.Timezone, err}
	}
	if err := s.secure(); err != nil {
		return err
	}
	if s.recipients, err = backup.ParseRecipients(s.BackupRecipients, s.BackupPassphrase); err != nil {
		return &SettingError{"backup-recipient", strings.Join(append(s.BackupRecipients, s.BackupPassphrase), " "), err}
	}
	options := []store.Option{
		store.WithBackups(s.backupDir()), store.WithWAL(), store.WithZone(office), store.WithRegion(s.Region), store.WithLog(s.log),
		backup.BeforeMigration(s.Version, s.recipients, s.upgraded),
	}
	if s.MetricsListen != "" {
		s.metrics = metrics.New(s.Version)
		options = append(options, store.WithObserver(s.metrics.Commit))
	}
	s.store, err = store.Open(s.Data, options...)
	return err
}

// secure prepares TLS where the settings want it.
func (s *service) secure() (err error) {
	switch {
	case s.TLSDomain != "":
		s.tls, err = newDomain(s.TLSDomain, s.Data)
	case s.TLSCert != "":
		s.tls, err = LoadCertificate(s.TLSCert, s.TLSKey, s.log)
	}
	return err
}

func (s *service) upgraded(u backup.Upgrade) {
	s.log.Info("the database was brought to a newer schema, which older programs cannot read", "from", u.From, "to", store.Schema(), "backup_before", u.Backup.Path)
}

// assemble creates the parts that use the store. Event streams of the API end when ctx does.
func (s *service) assemble(ctx context.Context) error {
	passing := auth.NewKey()
	issuer, verifier, err := s.verifier(ctx, passing)
	if err != nil {
		return err
	}
	s.issuer = issuer
	if s.passing, err = auth.NewIssuer(passing); err != nil {
		return err
	}
	s.index = index.New(s.store, local.IndexDir(s.Data), index.Options{Log: s.log})
	places, err := s.places()
	if err != nil {
		return err
	}
	s.backups = &backup.Schedule{
		Store: s.store, Dir: s.backupDir(), Allowed: s.BackupAllow, Spool: s.Data, Recipients: s.recipients, To: places, Avoid: local.IndexDir(s.Data),
		Every: s.BackupEvery, Keep: s.BackupKeep, Version: s.Version, Log: s.log,
	}
	s.api, err = httpapi.New(httpapi.Config{
		Store: s.store, Backups: s.backups, Index: s.index, Issuer: issuer, Verifier: verifier, Version: s.Version, Limits: s.Limits,
		AccessTTL: s.AccessTTL, RefreshTTL: s.RefreshTTL, HashCost: s.HashCost, Origins: s.Origins, Localhost: s.Localhost, Proxies: s.Proxies,
		Metrics: s.metrics, Stopping: ctx.Done(), Log: s.log,
	})
	return err
}

// places are those that backups are copied to.
func (s *Settings) places() (all []backup.Place, err error) {
	for _, address := range s.BackupTo {
		place, err := backup.OpenPlace(address, s3.Options{Credentials: s.BackupKeys})
		if err != nil {
			return nil, &SettingError{"backup-to", address, err}
		}
		all = append(all, place)
	}
	return all, nil
}

// start runs every part until ctx ends. The index ends after the last request, which may still need it.
func (s *service) start(ctx context.Context, group *errgroup.Group, api, measured net.Listener) {
	shareCPUs()
	following, leave := context.WithCancel(context.WithoutCancel(ctx))
	group.Go(func() error { return s.index.Run(following) })
	group.Go(func() error { segments.Run(following, s.store, s.Recalculate, s.log); return nil })
	group.Go(func() error { s.trimHistory(following); return nil })
	group.Go(func() error { limitGarbage(following); return nil })
	group.Go(func() error { s.survey(following); return nil })
	group.Go(func() error { s.backups.Run(ctx); return nil })
	group.Go(func() error { s.notify(ctx); return nil })
	if measured != nil {
		group.Go(func() error { return answer(following, measured, s.metrics.Handler(s.log), nil, s.log) })
	}
	var handler http.Handler = s.api
	if s.TLSDomain != "" {
		handler = strict(handler)
	}
	group.Go(func() error {
		defer leave()
		limited := limitConnections(api, maxConnections, maxFromAddress, s.api.Trusts, s.log)
		return answer(ctx, limited, handler, s.tls, s.log)
	})
}

// trimHistory trims the change log, after the index has read the changes that it lacks.
func (s *service) trimHistory(ctx context.Context) {
	for s.index.Wait(ctx, s.store.Seq()) != nil && ctx.Err() == nil {
		continue
	}
	s.store.KeepHistory(ctx, s.History, s.log)
}

// survey reads all records once, so that those that cannot be read are logged.
func (s *service) survey(ctx context.Context) {
	if err := s.store.Survey(ctx); err != nil && ctx.Err() == nil {
		s.log.Error("not all records could be read", "err", err)
	}
}

// Started describes a service that listens.
type Started struct {
	Addresses []string // of the API; the first is for this machine
	OnlyHere  int      // the port, when no other machine can reach it
	Domain    string   // the address for everybody, of a service that has a certificate for a name; empty for others
	Readable  bool     // whether other machines send requests unencrypted: there is neither TLS nor a proxy that may have it
	Metrics   string   // address of the metrics, empty when there are none
	Users     int

	service *service
}

// Token returns a token with a user's permissions. It is valid for ttl, and no longer than the service runs.
func (s Started) Token(email string, ttl time.Duration) (token string, err error) {
	err = s.service.store.View(func(tx *store.Tx) error {
		u, err := tx.UserByEmail(email)
		if err != nil {
			return err
		}
		token, err = s.service.passing.Issue(auth.Claims{Subject: u.ID.String(), Permissions: auth.PermissionsOf(u.Roles)}, store.Now(), ttl)
		return err
	})
	return token, err
}

// welcome leaves a note of the service for commands on this machine, and calls started. removeNote deletes the note.
func (s *service) welcome(started func(Started) error, api, measured net.Listener) (removeNote func() error, err error) {
	if set, _ := store.ClockIsSet(); set {
		s.log.Warn("the clock is set for tests, and all dates follow it", "variable", store.ClockVariable, "now", store.Now())
	}
	about := Started{service: s}
	about.Addresses, about.OnlyHere = addressesOf(api.Addr(), s.tls != nil)
	about.Readable = s.tls == nil && about.OnlyHere == 0 && len(s.Proxies) == 0
	if s.TLSDomain != "" {
		about.Domain = "https://" + s.TLSDomain
	}
	if measured != nil {
		about.Metrics = "http://" + measured.Addr().String() + "/metrics"
	}
	err = s.store.View(func(tx *store.Tx) error {
		users, err := tx.Users()
		about.Users = len(users)
		return err
	})
	if err != nil {
		return nil, err
	}
	note, err := local.NewNote(s.Data, about.Addresses[0], s.backups.Dir)
	if err != nil {
		return nil, err
	}
	if removeNote, err = s.leave(note); err != nil {
		return nil, err
	}
	if err := started(about); err != nil {
		return nil, errors.Join(err, removeNote())
	}
	return removeNote, nil
}

func (s *service) leave(note *local.Note) (remove func() error, err error) {
	if s.tls != nil {
		return s.tls.announce(note)
	}
	return note.Remove, note.Write()
}
