// Command crm is the customer service of a travel agency in one program: see README.md.
package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"crm/auth"
	"crm/httpapi"
	"crm/index"
	"crm/segments"
	"crm/store"
	"crm/store/sample"
	"crm/store/zone"
)

// version is set by the linker for releases.
var version = ""

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program until it is done or ctx ends: it returns the exit status, and prints one sentence to stderr when
// that is not 0.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCmd()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(stderr, "crm:", explain(err))
		return 1
	}
	return 0
}

// explain adds to an error what its reader can do about it.
func explain(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "stopped before it was done"
	case errors.Is(err, httpapi.ErrNoService):
		return httpapi.ErrNoService.Error()
	case errors.Is(err, store.ErrLocked):
		return err.Error() + "; stop that one first, or choose another folder with --data"
	case strings.HasPrefix(err.Error(), "--"): // it names the flag already
		return err.Error()
	case errors.Is(err, syscall.ENOTDIR):
		return err.Error() + "; a file is where a folder should be: name a folder"
	case errors.Is(err, os.ErrPermission):
		return err.Error() + "; name a file or folder that you may use (--data is that of the data), or run crm as the user that it belongs to"
	}
	return err.Error()
}

func newRootCmd() *cobra.Command {
	root := &cobra.Command{
		Use:   "crm",
		Short: "Customers, interactions, feedback and segments of a travel agency, with a REST API",
		Long: `crm keeps customers, interactions, feedback and segments in one folder and serves them over a REST API.

To look around with sample data:        crm demo
To start for real:                      crm user add you@example.com --name "Your Name" --role admin
                                        crm serve

Every flag can be set in the environment instead: --data is $CRM_DATA, --jwt-issuer is $CRM_JWT_ISSUER.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := store.ClockIsSet(); err != nil {
				return err
			}
			return fromEnvironment(cmd.Flags())
		},
	}
	root.AddCommand(newServeCmd(), newDemoCmd(), newSeedCmd(), newUserCmd(), newTokenCmd(),
		newHealthCmd(), newBackupCmd(), newRestoreCmd(), newCheckCmd(), newReindexCmd(), newCompactCmd(), newDoctorCmd(), newVersionCmd())
	nameVariables(root)
	return root
}

func variable(flag string) string {
	return "CRM_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// nameVariables says in each flag's usage which variable sets it too.
func nameVariables(cmd *cobra.Command) {
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" {
			f.Usage += " [$" + variable(f.Name) + "]"
		}
	})
	for _, sub := range cmd.Commands() {
		nameVariables(sub)
	}
}

// fromEnvironment sets the flags that the command line left out.
func fromEnvironment(flags *pflag.FlagSet) (err error) {
	flags.VisitAll(func(f *pflag.Flag) {
		value, ok := os.LookupEnv(variable(f.Name))
		if !ok || value == "" || f.Changed || f.Name == "help" {
			return
		}
		values := []string{value}
		if f.Value.Type() == "stringArray" {
			values = strings.Split(value, ",")
		}
		for _, v := range values {
			if e := flags.Set(f.Name, v); e != nil {
				err = errors.Join(err, fmt.Errorf("$%s: %w", variable(f.Name), e))
			}
		}
	})
	return err
}

// one wants an argument of this name, and says so with the command's example.
func one(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		example, _, _ := strings.Cut(strings.TrimSpace(cmd.Example), "\n")
		return fmt.Errorf("%s takes one argument, %s, and got %d: try %s", cmd.CommandPath(), name, len(args), example)
	}
}

// atMostOne wants an argument of this name or none.
func atMostOne(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return one(name)(cmd, args)
	}
}

func dataFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "data", "crm-data", "folder of the data")
}

func backupDirFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "backup-dir", "", "folder of the backups; backups in the data folder when empty")
}

func timezoneFlag(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "timezone", "Africa/Casablanca", "time zone of the office")
}

// knownBackups is backupsOf as the service knows it that runs, or that ran last.
func knownBackups(data, dir string) string {
	return cmp.Or(dir, httpapi.LocalBackups(data), store.BackupsOf(data))
}

// backupsOf is the folder of a data folder's backups.
func backupsOf(data, dir string) string { return cmp.Or(dir, filepath.Join(data, store.BackupsName)) }

// settings are the flags of the commands that serve.
type settings struct {
	data, listen, timezone, region string
	metricsListen, tlsCert, tlsKey string
	origins, proxies               []string
	limits                         httpapi.Limits
	secretFile, jwks               string
	issuer, audience               string
	accessTTL, refreshTTL, recalc  time.Duration
	backupDir                      string
	backupEvery                    time.Duration
	backupKeep                     int
	history                        time.Duration
	logFormat                      string
	logLevel                       slog.Level
	localhost                      bool // allow pages of any localhost port
	hashCost                       int
}

func (s *settings) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.listen, "listen", "127.0.0.1:8001", "address and port to listen on; 0.0.0.0:8001 lets colleagues in")
	f.StringVar(&s.metricsListen, "metrics-listen", "", "address and port to serve Prometheus's metrics at, such as 127.0.0.1:9464; none when empty")
	f.StringVar(&s.tlsCert, "tls-cert", "", "file with the certificate, PEM, read again when it changes; HTTP without TLS when empty")
	f.StringVar(&s.tlsKey, "tls-key", "", "file with the certificate's key")
	timezoneFlag(cmd, &s.timezone)
	f.StringVar(&s.region, "region", "MA", "country of phone numbers without a country code")
	f.StringArrayVar(&s.origins, "cors-origin", nil, "origin of a frontend that may call the API, such as https://app.example.com (repeatable)")
	f.StringArrayVar(&s.proxies, "trusted-proxy", nil, "address or range of a proxy in front whose X-Forwarded-For is believed, such as 10.0.0.0/8 (repeatable)")
	f.IntVar(&s.limits.Customers, "limit-customers", httpapi.DefaultLimits.Customers, "customers a user may create per minute, 0 for no limit")
	f.IntVar(&s.limits.Interactions, "limit-interactions", httpapi.DefaultLimits.Interactions, "interactions a user may create per minute, 0 for no limit")
	f.IntVar(&s.limits.Feedback, "limit-feedback", httpapi.DefaultLimits.Feedback, "feedback per customer and minute, 0 for no limit")
	f.StringVar(&s.secretFile, "jwt-secret-file", "", "file with the secret shared with another issuer of tokens (HS256)")
	f.StringVar(&s.jwks, "jwks", "", "file or URL of another issuer's keys (RS256, ES256, EdDSA)")
	f.StringVar(&s.issuer, "jwt-issuer", "", "what the other issuer's tokens must have as iss")
	f.StringVar(&s.audience, "jwt-audience", "", "what the other issuer's tokens must have as aud")
	f.DurationVar(&s.accessTTL, "access-ttl", 30*time.Minute, "lifetime of access tokens")
	f.DurationVar(&s.refreshTTL, "refresh-ttl", 30*24*time.Hour, "lifetime of sign-ins and their refresh tokens")
	f.DurationVar(&s.recalc, "recalculate-every", time.Hour, "how often segments are recalculated, 0 for never")
	backupDirFlag(cmd, &s.backupDir)
	f.DurationVar(&s.backupEvery, "backup-every", s.backupEvery, "how often a backup is made, 0 for never")
	f.IntVar(&s.backupKeep, "backup-keep", 7, "how many of these backups are kept")
	f.DurationVar(&s.history, "history", 0, "how long the change log is kept, such as 8760h for a year; 0 for ever")
	f.StringVar(&s.logFormat, "log-format", "text", "text or json")
	f.TextVar(&s.logLevel, "log-level", s.logLevel, "debug, info, warn or error")
}

func newServeCmd() *cobra.Command {
	s := settings{backupEvery: 24 * time.Hour}
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Serve the API",
		Example: "  crm serve --data /srv/crm --listen 0.0.0.0:8001 --cors-origin https://app.example.com",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd, s, s.greet)
		},
	}
	dataFlag(cmd, &s.data)
	s.flags(cmd)
	return cmd
}

// greet leads to the documentation, and to a first user where there is none.
func (s *settings) greet(w io.Writer, st *store.Store, _ *auth.Issuer, url string) error {
	users := 0
	err := st.View(func(tx *store.Tx) error {
		all, err := tx.Users()
		users = len(all)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "  In a browser: %s/\n  Documentation: %s/docs\n", url, url)
	if users == 0 {
		fmt.Fprintf(w, "\nNobody can sign in yet. Make the first user in another terminal:\n"+
			"  crm user add you@example.com --name \"Your Name\" --role admin --data %s\n", s.data)
	}
	fmt.Fprintln(w, "\nStop with Ctrl+C.")
	return nil
}

func newDemoCmd() *cobra.Command {
	s := settings{logLevel: slog.LevelWarn, localhost: true, hashCost: 10}
	noOpen := false
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "Serve sample data: 300 customers and a login for each role",
		Long:    "Serves sample data with a login for each role, and opens the console in a browser. The data is in a temporary folder that goes when the demo ends, unless --data names one to keep.",
		Example: "  crm demo\n  crm demo --data demo --listen 127.0.0.1:9000",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.data == "" {
				dir, err := os.MkdirTemp("", "crm-demo-")
				if err != nil {
					return err
				}
				defer os.RemoveAll(dir)
				s.data = dir
			}
			greet := func(w io.Writer, st *store.Store, issuer *auth.Issuer, url string) error {
				if !noOpen && isTerminal(cmd.OutOrStdout()) {
					openBrowser(url + "/")
				}
				return greetDemo(w, st, issuer, url)
			}
			return serve(cmd, s, greet, prepareDemo)
		},
	}
	cmd.Flags().StringVar(&s.data, "data", "", "folder to keep the data in; temporary when empty")
	cmd.Flags().BoolVar(&noOpen, "no-open", false, "open no browser (none is opened either where the output is no terminal)")
	s.flags(cmd)
	return cmd
}

// openBrowser shows an address to whoever sits at this machine. Without a browser nothing happens: the address is printed too.
func openBrowser(url string) {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return // xdg-open would take the terminal for a browser in letters
		}
	}
	if cmd := exec.Command(name, args...); cmd.Start() == nil {
		go func() { _ = cmd.Wait() }() // it may be the browser itself, which outlives the demo
	}
}

// demoPassword is everyone's in the demo.
const demoPassword = "atlas-demo-2026"

func demoEmail(role string) string { return role + "@demo.example.com" }

// prepareDemo fills an empty store with a user for each role and sample data. It leaves others' folders alone.
func prepareDemo(st *store.Store) error {
	ours, fresh := false, true
	err := st.View(func(tx *store.Tx) error {
		for range tx.Customers(store.ID{}) {
			fresh = false
			break
		}
		users, err := tx.Users()
		fresh = fresh && len(users) == 0
		ours = slices.ContainsFunc(users, func(u *store.User) bool { return u.Email == demoEmail("admin") })
		return err
	})
	switch {
	case err != nil:
		return err
	case fresh:
		err = addDemoUsers(st)
	case !ours:
		err = errors.New("this folder was not made by crm demo: choose another one with --data, or use crm serve")
	}
	if err != nil {
		return err
	}
	err = loadSample(st, sample.Options{Seed: 1, Customers: 300, Interactions: 1500, Feedback: 400, Now: store.Now()}, nil)
	if errors.Is(err, store.ErrNotEmpty) {
		return nil
	}
	return err
}

func addDemoUsers(st *store.Store) error {
	hash, err := auth.NewHasher(10).Hash(demoPassword)
	if err != nil {
		return err
	}
	_, err = st.Update(store.By{Actor: "crm demo"}, func(tx *store.Tx) error {
		for _, role := range auth.Roles() {
			u := store.User{FullName: new("Demo " + role.DisplayName), Email: demoEmail(role.Name), PasswordHash: hash, IsActive: true, IsVerified: true, Roles: []string{role.Name}}
			if err := tx.CreateUser(&u, nil); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

func greetDemo(w io.Writer, st *store.Store, issuer *auth.Issuer, url string) error {
	var admin *store.User
	err := st.View(func(tx *store.Tx) (err error) {
		admin, err = tx.UserByEmail(demoEmail("admin"))
		return err
	})
	if err != nil {
		return err
	}
	token, err := issuer.Issue(auth.Claims{Subject: admin.ID.String(), Permissions: auth.PermissionsOf(admin.Roles)}, store.Now(), 12*time.Hour)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "  In a browser: %s/\n  Documentation: %s/docs\n\nSign in with password %s as\n", url, url, demoPassword)
	for _, role := range auth.Roles() {
		fmt.Fprintf(w, "  %-25s %s\n", demoEmail(role.Name), role.Description)
	}
	fmt.Fprintf(w, "\nTry it, with a token that lives for 12 hours:\n"+
		"  curl -H 'Authorization: Bearer %s' '%s/api/v1/customers/?query=hassan&size=3'\n\nStop with Ctrl+C.\n", token, url)
	return nil
}

func newSeedCmd() *cobra.Command {
	var (
		dir, region, now string
		o                = sample.Options{}
	)
	cmd := &cobra.Command{
		Use:     "seed",
		Short:   "Fill an empty folder with sample data of any size",
		Long:    "Fills a folder that has no customers yet with sample data and 20 segments. The same flags, --now included, make the same data.",
		Example: "  crm seed --data big --customers 1000000 --interactions 2000000 --feedback 500000",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if o.Now = store.Now(); now != "" {
				if o.Now, err = time.Parse(time.RFC3339, now); err != nil {
					return fmt.Errorf("--now: %w", err)
				}
			}
			return seed(cmd, dir, region, o)
		},
	}
	dataFlag(cmd, &dir)
	f := cmd.Flags()
	f.IntVar(&o.Customers, "customers", 300, "number of customers")
	f.IntVar(&o.Interactions, "interactions", 1500, "number of interactions")
	f.IntVar(&o.Feedback, "feedback", 400, "number of feedback")
	f.Uint64Var(&o.Seed, "seed", 1, "another number makes other data")
	f.StringVar(&now, "now", "", "the time that the data leads up to, RFC 3339; the present when empty")
	f.StringVar(&region, "region", "MA", "country of phone numbers without a country code")
	return cmd
}

func seed(cmd *cobra.Command, dir, region string, o sample.Options) (err error) {
	if o.Customers < 0 || o.Interactions < 0 || o.Feedback < 0 || o.Customers == 0 && o.Interactions+o.Feedback > 0 {
		return errors.New("numbers must not be negative, and interactions and feedback need customers")
	}
	if err := needFolder("data", dir); err != nil {
		return err
	}
	st, err := store.Open(dir, store.WithClock(func() time.Time { return o.Now }), tellUpgrade(cmd))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	bar := newBar(cmd.ErrOrStderr(), o.Customers+o.Interactions+o.Feedback, "Writing")
	if err := loadSample(st, o, func(n int) error { _ = bar.Add(n); return cmd.Context().Err() }); err != nil {
		return err
	}
	_ = bar.Finish()
	if err := buildIndex(cmd, st, dir, region); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s has %d customers, %d interactions and %d feedback now (%.1f MB).\n",
		dir, o.Customers, o.Interactions, o.Feedback, float64(st.Size())/1e6)
	return nil
}

// buildIndex runs the index until searches need no scanning.
func buildIndex(cmd *cobra.Command, st *store.Store, dir, region string) error {
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	ix := index.New(st, indexDir(dir), index.Options{Region: region, CPUs: runtime.GOMAXPROCS(0)})
	done := make(chan error, 1)
	go func() { done <- ix.Run(ctx) }()
	var bar *progressbar.ProgressBar
	for range tick(ctx, 100*time.Millisecond) {
		select {
		case err := <-done:
			return err
		default:
		}
		lag, total, ok := ix.Lag()
		if !ok {
			continue
		}
		if bar == nil {
			bar = newBar(cmd.ErrOrStderr(), total, "Indexing")
		}
		_ = bar.Set(total - lag)
		if lag == 0 {
			break
		}
	}
	cancelled := ctx.Err()
	stop()
	return errors.Join(cancelled, <-done)
}

// tick yields every so often until ctx ends.
func tick(ctx context.Context, every time.Duration) func(func() bool) {
	return func(yield func() bool) {
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				if !yield() {
					return
				}
			}
		}
	}
}

// newBar shows progress at a terminal; a log file would have each step of it.
func newBar(w io.Writer, total int, what string) *progressbar.ProgressBar {
	if !isTerminal(w) {
		w = io.Discard
	}
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionOnCompletion(func() { fmt.Fprintln(w) }))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func loadSample(st *store.Store, o sample.Options, progress func(int) error) error {
	g := sample.New(o)
	rows := store.Rows{Customers: g.Customers(), Interactions: g.Interactions(), Feedback: g.Feedback(), Segments: slices.Values(g.Segments())}
	return st.Load(store.By{Actor: "crm seed"}, rows, progress)
}

func newUserCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Manage the people who sign in, also while the service runs", Example: "  crm user list", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newUserAddCmd(), newUserListCmd(), newUserPasswdCmd(), newUserDisableCmd(), newUserEnableCmd())
	return cmd
}

// withData is withStore for a folder that must have data already.
func withData(cmd *cobra.Command, dir string, fn func(*store.Store) error) error {
	if err := needData(dir); err != nil {
		return err
	}
	return withStore(cmd, dir, fn)
}

// looking opens a folder's data for reading alone, which changes nothing in the folder.
func looking(dir string, fn func(*store.Store) error, options ...store.Option) (err error) {
	if err := needData(dir); err != nil {
		return err
	}
	st, err := store.Look(dir, options...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return fn(st)
}

var errNoData = errors.New("there is no data")

func needData(dir string) error {
	if err := needFolder("data", dir); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, store.FileName)); !errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err := store.Lost(dir); err != nil {
		return err
	}
	return fmt.Errorf("%w in %s: name its folder with --data, or start with crm user add", errNoData, dir)
}

// needFolder refuses a file where a flag names a folder.
func needFolder(flag, path string) error {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return fmt.Errorf("--%s: %s is a file: name a folder", flag, path)
	}
	return nil
}

// through does something with a folder's store, or else asks the service that has it open, also where somebody has deleted the
// database under it. actor is whom the change log names then.
func through(ctx context.Context, dir, actor string, direct func() error, ask func(*httpapi.Local) error) error {
	err := direct()
	gone := errors.Is(err, errNoData) || errors.Is(err, store.ErrLost)
	if !gone && !errors.Is(err, store.ErrLocked) {
		return err
	}
	service, missing := runningService(ctx, dir)
	switch {
	case missing != nil && gone:
		return err
	case missing != nil:
		return missing
	}
	service.Actor = actor
	return ask(service)
}

// withStore opens the store for one command that writes.
func withStore(cmd *cobra.Command, dir string, fn func(*store.Store) error) (err error) {
	if err := needFolder("data", dir); err != nil {
		return err
	}
	st, err := store.Open(dir, tellUpgrade(cmd))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return fn(st)
}

// tellUpgrade says that a command has brought the database to a newer schema.
func tellUpgrade(cmd *cobra.Command) store.Option {
	return store.WithUpgrade(buildVersion(), func(u store.Upgrade) {
		fmt.Fprintf(cmd.ErrOrStderr(), "The database was brought from schema %d to %d, which older programs cannot read. As it was before, it is in %s, which is kept until you delete it.\n",
			u.From, store.Schema(), u.Backup.Path)
	})
}

func newUserAddCmd() *cobra.Command {
	var dir, name, role, file string
	cmd := &cobra.Command{
		Use:     "add EMAIL",
		Short:   "Add a user; the password comes from a prompt, standard input or a file",
		Example: "  crm user add fatima@example.com --name \"Fatima Alaoui\" --role manager",
		Args:    one("EMAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, ok := auth.RoleByName(role); !ok {
				return fmt.Errorf("no role is named %q: choose %s", role, roleNames())
			}
			password, err := newPassword(cmd, file)
			if err != nil {
				return err
			}
			u := store.User{Email: args[0], FullName: &name, Roles: []string{role}, IsActive: true, IsVerified: true}
			next := "Start the service with: crm serve --data " + dir
			err = through(cmd.Context(), dir, "crm user add", func() error {
				return withStore(cmd, dir, func(st *store.Store) error { return addUser(st, &u, password) })
			}, func(service *httpapi.Local) error {
				next = "The service runs at " + service.URL
				return service.AddUser(cmd.Context(), &u, password)
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s can sign in as %s. %s\n", u.Email, role, next)
			return nil
		},
	}
	dataFlag(cmd, &dir)
	cmd.Flags().StringVar(&name, "name", "", "full name")
	cmd.Flags().StringVar(&role, "role", "agent", "one of "+roleNames())
	cmd.Flags().StringVar(&file, "password-file", "", "file with the password")
	return cmd
}

func addUser(st *store.Store, u *store.User, password string) (err error) {
	if u.PasswordHash, err = auth.NewHasher(auth.DefaultCost).Hash(password); err != nil {
		return err
	}
	_, err = st.Update(store.By{Actor: "crm user add"}, func(tx *store.Tx) error { return tx.CreateUser(u, nil) })
	return err
}

func roleNames() string {
	var names []string
	for _, role := range auth.Roles() {
		names = append(names, role.Name)
	}
	return strings.Join(names, ", ")
}

// newPassword reads a password that will do. At a terminal it asks twice and shows nothing.
func newPassword(cmd *cobra.Command, file string) (string, error) {
	password, err := readPassword(cmd, file)
	if err == nil {
		err = auth.ValidatePassword(password)
	}
	return password, err
}

func readPassword(cmd *cobra.Command, file string) (string, error) {
	if file != "" {
		raw, err := os.ReadFile(file)
		return strings.TrimRight(string(raw), "\r\n"), err
	}
	if in, ok := cmd.InOrStdin().(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		return askPassword(cmd.ErrOrStderr(), int(in.Fd()))
	}
	raw, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 4096))
	if err == nil && len(raw) == 0 {
		return "", errors.New("no password: type one at the prompt, send it to standard input, or name a file with --password-file")
	}
	return strings.TrimRight(string(raw), "\r\n"), err
}

func askPassword(w io.Writer, fd int) (string, error) {
	fmt.Fprint(w, "Password: ")
	first, err := term.ReadPassword(fd)
	if err != nil {
		return "", err
	}
	fmt.Fprint(w, "\nAgain: ")
	second, err := term.ReadPassword(fd)
	fmt.Fprintln(w)
	if err == nil && string(first) != string(second) {
		err = errors.New("the two passwords differ")
	}
	return string(first), err
}

func newUserListCmd() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the users",
		Example: "  crm user list --data /srv/crm",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			users, err := allUsers(cmd.Context(), dir)
			if err != nil {
				return err
			}
			return printUsers(cmd.OutOrStdout(), users)
		},
	}
	dataFlag(cmd, &dir)
	return cmd
}

func allUsers(ctx context.Context, dir string) (users []*store.User, err error) {
	err = through(ctx, dir, "crm user list", func() error {
		return looking(dir, func(st *store.Store) error {
			return st.View(func(tx *store.Tx) (err error) { users, err = tx.Users(); return err })
		})
	}, func(service *httpapi.Local) (err error) {
		users, err = service.Users(ctx)
		return err
	})
	return users, err
}

func printUsers(w io.Writer, users []*store.User) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "EMAIL\tNAME\tROLES\tACTIVE\tLAST LOGIN")
	for _, u := range users {
		name, login := "", "never"
		if u.FullName != nil {
			name = *u.FullName
		}
		if u.LastLoginAt != nil {
			login = u.LastLoginAt.String()
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%v\t%s\n", u.Email, name, strings.Join(u.Roles, ","), u.IsActive, login)
	}
	return table.Flush()
}

// changeUser finds a user by e-mail and changes it, through the service when that runs.
func changeUser(cmd *cobra.Command, dir, email string, change httpapi.UserChange) error {
	actor := cmd.CommandPath()
	return through(cmd.Context(), dir, actor, func() error {
		return withData(cmd, dir, func(st *store.Store) error { return storeChange(st, actor, email, change) })
	}, func(service *httpapi.Local) error {
		return service.ChangeUser(cmd.Context(), email, change)
	})
}

func storeChange(st *store.Store, actor, email string, change httpapi.UserChange) (err error) {
	hash := ""
	if change.Password != "" {
		if hash, err = auth.NewHasher(auth.DefaultCost).Hash(change.Password); err != nil {
			return err
		}
	}
	_, err = st.Update(store.By{Actor: actor}, func(tx *store.Tx) error {
		u, err := tx.UserByEmail(email)
		if err == nil {
			_, err = tx.UpdateUser(u.ID, store.ID{}, func(u *store.User) store.Invalid {
				if hash != "" {
					u.PasswordHash, u.FailedLoginAttempts = hash, 0
				}
				if change.Active != nil {
					u.IsActive = *change.Active
				}
				return nil
			})
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", email, err)
	}
	return nil
}

func newUserPasswdCmd() *cobra.Command {
	var dir, file string
	cmd := &cobra.Command{
		Use:     "passwd EMAIL",
		Short:   "Set a user's password and end the user's sessions",
		Example: "  crm user passwd fatima@example.com",
		Args:    one("EMAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := newPassword(cmd, file)
			if err != nil {
				return err
			}
			if err := changeUser(cmd, dir, args[0], httpapi.UserChange{Password: password}); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s has a new password, and whoever was signed in with the old one has to sign in again.\n", args[0])
			return nil
		},
	}
	dataFlag(cmd, &dir)
	cmd.Flags().StringVar(&file, "password-file", "", "file with the password")
	return cmd
}

func newUserDisableCmd() *cobra.Command {
	return newUserActiveCmd("disable", "Keep a user from signing in and end the user's sessions", "%s can no longer sign in, and is signed out everywhere.\n", false)
}

func newUserEnableCmd() *cobra.Command {
	return newUserActiveCmd("enable", "Let a user who was disabled sign in again", "%s can sign in, with the password from before.\n", true)
}

// newUserActiveCmd is a command that makes a user active or not, and prints done of the user's e-mail.
func newUserActiveCmd(name, short, done string, active bool) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:     name + " EMAIL",
		Short:   short,
		Example: "  crm user " + name + " fatima@example.com",
		Args:    one("EMAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := changeUser(cmd, dir, args[0], httpapi.UserChange{Active: &active})
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), done, args[0])
			}
			return err
		},
	}
	dataFlag(cmd, &dir)
	return cmd
}

func newTokenCmd() *cobra.Command {
	var (
		dir, subject string
		permissions  []string
		ttl          time.Duration
	)
	cmd := &cobra.Command{
		Use:     "token",
		Short:   "Print a token for a program, signed with the folder's key",
		Example: "  crm token --subject 123e4567-e89b-12d3-a456-426614174000 --permission crm:read:customers --ttl 1h",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := store.ParseID(subject); err != nil {
				return errors.New("--subject must be a UUID")
			}
			if ttl <= 0 {
				return errors.New("--ttl must be longer than nothing, such as 1h")
			}
			issuer, err := issuerOf(dir)
			if err != nil {
				return err
			}
			token, err := issuer.Issue(auth.Claims{Subject: subject, Permissions: permissions}, store.Now(), ttl)
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), token)
			}
			return err
		},
	}
	dataFlag(cmd, &dir)
	cmd.Flags().StringVar(&subject, "subject", "", "UUID of the program or person that uses the token")
	cmd.Flags().StringArrayVar(&permissions, "permission", nil, "what the token allows, such as crm:read:customers or crm:*:* (repeatable)")
	cmd.Flags().DurationVar(&ttl, "ttl", time.Hour, "lifetime")
	return cmd
}

// issuerOf signs with the key that a data folder has.
func issuerOf(dir string) (*auth.Issuer, error) {
	key, err := os.ReadFile(keyFile(dir))
	if err != nil {
		return nil, fmt.Errorf("%s has no key yet, crm serve makes one at its first start: %w", dir, err)
	}
	return auth.NewIssuer(key)
}

// runningService is the service that has the folder open.
func runningService(ctx context.Context, dir string) (*httpapi.Local, error) {
	issuer, err := issuerOf(dir)
	if err != nil {
		return nil, err
	}
	return httpapi.FindLocal(ctx, dir, issuer)
}

func newBackupCmd() *cobra.Command {
	var dir, folder string
	cmd := &cobra.Command{
		Use:   "backup [FILE|FOLDER]",
		Short: "Copy everything to one verified file, also while the service runs",
		Long: `Writes everything as it is at this moment to one compressed file, reads it back and checks all of it. While the
service runs, it does so, and nobody has to wait. A name that ends in .crmbackup is the file; another one is a folder.`,
		Example: "  crm backup\n  crm backup /mnt/usb/crm\n  crm backup /mnt/usb/before-the-move.crmbackup --data /srv/crm",
		Args:    atMostOne("FILE or FOLDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			to, err := filepath.Abs(append(args, knownBackups(dir, folder))[0])
			if err != nil {
				return err
			}
			b, err := makeBackup(cmd.Context(), dir, to)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is whole and verified: %s.\n", b.Path, describe(b))
			return nil
		},
	}
	dataFlag(cmd, &dir)
	backupDirFlag(cmd, &folder)
	cmd.AddCommand(newBackupListCmd(), newBackupVerifyCmd())
	return cmd
}

// makeBackup makes a backup of a folder, through its service when that runs.
func makeBackup(ctx context.Context, dir, to string) (b store.Backup, err error) {
	err = through(ctx, dir, "crm backup", func() error {
		return looking(dir, func(st *store.Store) (err error) {
			backups := store.Backups{Store: st, Avoid: indexDir(dir), Version: buildVersion()}
			b, err = backups.Make(ctx, to)
			return err
		}, store.AsItIs())
	}, func(service *httpapi.Local) error {
		return service.Call(ctx, "crm:create:backups", "POST", "/backups", map[string]string{"path": to}, &b)
	})
	return b, err
}

// describe says what is in a backup, a part of a sentence.
func describe(b store.Backup) string {
	return fmt.Sprintf("%s, %s and %d feedback up to change %d, as of %s (%.1f MB)",
		several(b.Counts[store.KindCustomer], "customer"), several(b.Counts[store.KindInteraction], "interaction"), b.Counts[store.KindFeedback], b.Seq, b.Time, float64(b.Size)/1e6)
}

// several is a number and a noun.
func several(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func newBackupListCmd() *cobra.Command {
	var dir, folder string
	var all bool
	cmd := &cobra.Command{
		Use:     "list [FOLDER]",
		Short:   "List the backups in a folder, newest first",
		Long:    "Lists the backups of the database in the data folder, newest first, and files that cannot be read. Those of other databases are listed with --all, or where the data folder has no database.",
		Example: "  crm backup list\n  crm backup list /mnt/usb/crm",
		Args:    atMostOne("FOLDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			from := append(args, knownBackups(dir, folder))[0]
			list, err := store.ListBackups(from)
			if err != nil {
				return err
			}
			others := 0
			if owns := store.Owns(dir); !all {
				list = slices.DeleteFunc(list, func(b store.Backup) bool {
					theirs := b.Format != 0 && !owns(b)
					if theirs {
						others++
					}
					return theirs
				})
			}
			return printOwn(cmd.OutOrStdout(), from, list, others)
		},
	}
	dataFlag(cmd, &dir)
	backupDirFlag(cmd, &folder)
	cmd.Flags().BoolVar(&all, "all", false, "list backups of other databases too")
	return cmd
}

// printOwn prints the backups of a database in a folder, and how many there are of others.
func printOwn(w io.Writer, folder string, list []store.Backup, others int) error {
	switch {
	case len(list) == 0 && others > 0:
		return fmt.Errorf("there are no backups of this database in %s, and %d of others: crm backup list --all shows them", folder, others)
	case len(list) == 0:
		return fmt.Errorf("there are no backups in %s: make one with crm backup, or name another folder", folder)
	}
	err := printBackups(w, list)
	if others > 0 {
		fmt.Fprintf(w, "%s of other databases in this folder: crm backup list --all shows them.\n", several(others, "backup"))
	}
	return err
}

func printBackups(w io.Writer, list []store.Backup) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TIME\tMB\tCUSTOMERS\tCHANGES\tVERIFIED\tFILE")
	for _, b := range list {
		made, verified := "unreadable", "no: it is not whole"
		if b.Format != 0 {
			made = b.Time.String()
		}
		if b.VerifiedAt != nil {
			verified = b.VerifiedAt.String()
		}
		fmt.Fprintf(table, "%s\t%.1f\t%d\t%d\t%s\t%s\n", made, float64(b.Size)/1e6, b.Counts[store.KindCustomer], b.Seq, verified, b.Path)
	}
	return table.Flush()
}

func newBackupVerifyCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "verify FILE",
		Short:   "Read all of a backup and check it",
		Example: "  crm backup verify /mnt/usb/crm/crm-20261125T214500Z.crmbackup",
		Args:    one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := store.VerifyBackup(cmd.Context(), args[0])
			if err != nil {
				return explainBackup(args[0], err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is whole: %s.\n", b.Path, describe(b))
			return nil
		},
	}
}

// explainBackup says what to do about a file that is not there or is no backup.
func explainBackup(path string, err error) error {
	const look = "crm backup list shows the backups of a folder, and which of them are whole"
	if _, gone := os.Stat(path); errors.Is(gone, os.ErrNotExist) {
		return fmt.Errorf("there is no file %s: %s", path, look)
	}
	if errors.Is(err, store.ErrNoBackup) {
		return fmt.Errorf("%s: %w; %s", path, err, look)
	}
	return err
}

func newRestoreCmd() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Verify a backup and make it the content of a folder",
		Long: `Verifies a backup, unpacks it into the data folder and puts it in place in one step. Stop the service first. What was in
the folder is kept in a folder beside it, to be deleted when nobody misses anything.`,
		Example: "  crm restore backups/crm-20261125T214500Z.crmbackup --data /srv/crm",
		Args:    one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := needFolder("data", dir); err != nil {
				return err
			}
			b, aside, err := store.Restore(cmd.Context(), args[0], dir)
			if err != nil {
				return explainBackup(args[0], err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s has %s.\n", dir, describe(b))
			if aside != "" {
				fmt.Fprintf(cmd.OutOrStdout(), "What was there before is in %s.\n", aside)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Start the service with: crm serve --data %s\n", dir)
			return nil
		},
	}
	dataFlag(cmd, &dir)
	return cmd
}

func regionFlag(cmd *cobra.Command, region *string) {
	cmd.Flags().StringVar(region, "region", "MA", "country of phone numbers without a country code")
}

func newCheckCmd() *cobra.Command {
	var dir, folder, region string
	var repair bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Read everything and say what is wrong",
		Long: `Reads every page of the database, compares every index, count and history with the records, and what is saved for lists
and searches with the database. Stop the service first. With --repair, what follows from the records is made anew; for
the rest there are backups.`,
		Example: "  crm check --data /srv/crm\n  crm check --repair",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needData(dir); err != nil {
				return err
			}
			if err := store.CheckFolder(cmd.Context(), dir, store.WithBackups(knownBackups(dir, folder))); err != nil {
				return err
			}
			check := func(st *store.Store) error { return checkStore(cmd, st, dir, region, repair) }
			if repair {
				return withStore(cmd, dir, check)
			}
			return looking(dir, check)
		},
	}
	dataFlag(cmd, &dir)
	backupDirFlag(cmd, &folder)
	regionFlag(cmd, &region)
	cmd.Flags().BoolVar(&repair, "repair", false, "make anew what follows from the records")
	return cmd
}

// checkStore checks the records, then what is saved for lists and searches, and repairs both if it should.
func checkStore(cmd *cobra.Command, st *store.Store, dir, region string, repair bool) error {
	found, err := st.Check(cmd.Context())
	written := 0
	if err == nil && repair && len(found) > 0 {
		written, found, err = st.Repair(cmd.Context())
	}
	if err != nil {
		return err
	}
	saved, err := index.Check(st, indexDir(dir), index.Options{Region: region})
	if err != nil {
		return err
	}
	if written > 0 || repair && len(saved) > 0 {
		printSome(cmd.OutOrStdout(), saved)
		saved = nil
		if err := reindex(cmd, st, dir, region); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%d entries of the database were made anew, and what is saved for lists and searches.\n", written)
	}
	for _, p := range found {
		saved = append(saved, p.Text)
	}
	if printSome(cmd.OutOrStdout(), saved); len(saved) > 0 && repair {
		return fmt.Errorf("%d problems in %s follow from no other record: bring back a backup with crm restore", len(saved), dir)
	}
	if len(saved) > 0 {
		return fmt.Errorf("%d problems in %s: make a copy of the folder, then try crm check --repair", len(saved), dir)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s is sound up to change %d.\n", dir, st.Seq())
	if st.Found() < store.Schema() && !repair {
		fmt.Fprintf(cmd.OutOrStdout(), "The database has schema %d and was left as it is: its pages were checked, and its records in a copy of schema %d.\n", st.Found(), store.Schema())
	}
	return nil
}

// printSome prints the first of many sentences.
func printSome(w io.Writer, sentences []string) {
	const most = 50
	for _, s := range sentences[:min(most, len(sentences))] {
		fmt.Fprintln(w, s)
	}
	if more := len(sentences) - most; more > 0 {
		fmt.Fprintf(w, "… and %d more\n", more)
	}
}

func newReindexCmd() *cobra.Command {
	var dir, region string
	cmd := &cobra.Command{
		Use:     "reindex",
		Short:   "Make anew what is saved for lists and searches",
		Example: "  crm reindex --data /srv/crm",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := withData(cmd, dir, func(st *store.Store) error { return reindex(cmd, st, dir, region) })
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "%s is made anew.\n", indexDir(dir))
			}
			return err
		},
	}
	dataFlag(cmd, &dir)
	regionFlag(cmd, &region)
	return cmd
}

func reindex(cmd *cobra.Command, st *store.Store, dir, region string) error {
	if err := os.RemoveAll(indexDir(dir)); err != nil {
		return err
	}
	return buildIndex(cmd, st, dir, region)
}

func newCompactCmd() *cobra.Command {
	var dir, region string
	cmd := &cobra.Command{
		Use:   "compact",
		Short: "Write the database and the index anew, without free space and what was erased",
		Long: "Writes the database anew without its free space and puts it in place in one step, then makes anew what is saved for lists and searches. " +
			"Nothing of a person who was erased is left in either. Stop the service first. It needs room for a second database.",
		Example: "  crm compact --data /srv/crm",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needData(dir); err != nil {
				return err
			}
			before, after, err := store.Compact(cmd.Context(), dir)
			if err != nil {
				return err
			}
			if err := withData(cmd, dir, func(st *store.Store) error { return reindex(cmd, st, dir, region) }); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s has %.1f MB now, and had %.1f; %s is made anew.\n",
				filepath.Join(dir, store.FileName), float64(after)/1e6, float64(before)/1e6, indexDir(dir))
			return nil
		},
	}
	dataFlag(cmd, &dir)
	regionFlag(cmd, &region)
	return cmd
}

func newDoctorCmd() *cobra.Command {
	var dir, folder, region, timezone string
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "Look at the folder, the disk, the clock and the backups, and say what to do",
		Example: "  crm doctor --data /srv/crm",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needData(dir); err != nil && !errors.Is(err, store.ErrLost) {
				return err
			}
			findings := append(store.Diagnose(dir, knownBackups(dir, folder), store.Now()), diagnoseService(cmd.Context(), dir, region)...)
			clock, err := diagnoseZone(cmd.Context(), dir, timezone, store.Now())
			if err != nil {
				return err
			}
			findings = append(findings, clock...)
			advised := 0
			for _, f := range findings {
				fmt.Fprintf(cmd.OutOrStdout(), "%-12s %s\n", f.About, f.Text)
				if f.Advice != "" {
					advised++
					fmt.Fprintf(cmd.OutOrStdout(), "%-12s → %s\n", "", f.Advice)
				}
			}
			if advised > 0 {
				return fmt.Errorf("%d of these need attention: see the arrows", advised)
			}
			return nil
		},
	}
	dataFlag(cmd, &dir)
	backupDirFlag(cmd, &folder)
	regionFlag(cmd, &region)
	timezoneFlag(cmd, &timezone)
	return cmd
}

// diagnoseZone looks at the rules of the office's clock, in the time zone of the service that runs, or else in the one that is named.
func diagnoseZone(ctx context.Context, dir, name string, now time.Time) ([]store.Finding, error) {
	var running struct {
		Name string `json:"timezone"`
		Data string `json:"timezone_data"`
	}
	if service, err := runningService(ctx, dir); err == nil && service.Call(ctx, "crm:read:status", "GET", "/", nil, &running) == nil {
		name = running.Name
	}
	office, err := zone.Load(name)
	if err != nil {
		return nil, fmt.Errorf("--timezone: %w", err)
	}
	findings := store.DiagnoseZone(office, zone.System(), now)
	if newest := office.Data().Version; running.Data != "" && running.Data != newest {
		findings = append(findings, store.Finding{About: "time zone", Text: fmt.Sprintf("The service uses zone data %s, and there is %s.", running.Data, newest), Advice: "Restart the service."})
	}
	return findings, nil
}

// diagnoseService asks the service how far its index is, or else what the next start has to read.
func diagnoseService(ctx context.Context, dir, region string) []store.Finding {
	f := store.Finding{About: "service"}
	err := looking(dir, func(st *store.Store) error {
		f.Text = fmt.Sprintf("The service does not run; its next start has %d changes to read.", index.Behind(st, indexDir(dir), index.Options{Region: region}))
		return nil
	}, store.AsItIs())
	if !errors.Is(err, store.ErrLocked) {
		if err != nil {
			f.Text, f.Advice = "The service cannot run on this folder: "+err.Error()+".", "Look at what is said about the database."
		}
		return []store.Finding{f}
	}
	service, err := runningService(ctx, dir)
	if err != nil {
		return []store.Finding{{About: "service", Text: "Something uses the folder, and no service answers.", Advice: "Wait until the service has started, or stop the program that uses the folder."}}
	}
	f.Text = "The service runs at " + service.URL + " and searches are up to date."
	if lag, ready := service.Lag(); !ready {
		f.Text, f.Advice = "The service at "+service.URL+" is starting.", "Wait until it has read the data; its log says how far it is."
	} else if lag > 0 {
		f.Text = fmt.Sprintf("The service runs at %s; searches find %d customers by scanning until the index has them.", service.URL, lag)
	}
	if err := httpapi.CheckReady(ctx, dir, ""); err != nil {
		f.Text, f.Advice = "No changes can be saved: "+err.Error()+".", "Look at the service's log for the cause; a full disk wants room, and anything else somebody who looks at the disk and starts the service again."
	}
	return append(askService(ctx, service), f)
}

// askService compares the clock with the service's newest change, if there is one, and looks whether it could make its backups.
func askService(ctx context.Context, service *httpapi.Local) (found []store.Finding) {
	var page struct {
		Items []struct {
			Time store.Time `json:"time"`
		} `json:"items"`
	}
	if err := service.Call(ctx, "crm:read:audit", "GET", "/audit/?size=1", nil, &page); err == nil && len(page.Items) > 0 {
		found = append(found, store.DiagnoseClock(page.Items[0].Time, "change", store.Now()))
	}
	var status struct {
		Failed     *store.Time `json:"backup_failed_at"`
		Unreadable struct {
			Count int `json:"count"`
		} `json:"unreadable"`
	}
	if err := service.Call(ctx, "crm:read:status", "GET", "/status", nil, &status); err != nil {
		return found
	}
	if status.Failed != nil {
		found = append(found, store.Finding{About: "backups", Text: fmt.Sprintf("The service could not make a backup at %s.", status.Failed),
			Advice: "Look for 'backup failed' in its log, and try crm backup."})
	}
	if n := status.Unreadable.Count; n > 0 {
		found = append(found, store.Finding{About: "records", Text: fmt.Sprintf("The service leaves out %s that cannot be read.", several(n, "record")),
			Advice: "Stop the service and run crm check, which names all of them, and look for them in a backup from before."})
	}
	return found
}

func newHealthCmd() *cobra.Command {
	var dir, url string
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask the running service whether it is ready",
		Long: `Asks the service that runs on a data folder, or the one at an address, whether records can be read and written. It ends with
status 0 when they can, and else with 1 and a sentence, as a container's HEALTHCHECK wants it.`,
		Example: "  crm health --data /srv/crm\n  crm health --url https://crm.example.com",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needFolder("data", dir); err != nil {
				return err
			}
			if err := httpapi.CheckReady(cmd.Context(), dir, url); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "The service is ready.")
			return nil
		},
	}
	dataFlag(cmd, &dir)
	cmd.Flags().StringVar(&url, "url", "", "address of a service, instead of the one that runs on the data folder")
	return cmd
}

func newVersionCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  crm version",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			fmt.Fprintln(cmd.OutOrStdout(), "crm", buildVersion(), "schema", store.Schema(), "timezone data", zone.Newest().Version)
			return nil
		},
	}
}

// buildVersion is the release, else the commit that was built.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return "dev-" + s.Value[:12]
			}
		}
	}
	return "dev"
}

func indexDir(dir string) string { return filepath.Join(dir, store.IndexName) }
func keyFile(dir string) string  { return filepath.Join(dir, store.KeyName) }

// signingKey reads the folder's key for tokens and makes one at the first start.
func signingKey(dir string) ([]byte, error) {
	key, err := os.ReadFile(keyFile(dir))
	if errors.Is(err, os.ErrNotExist) {
		key = auth.NewKey()
		err = writeFile(keyFile(dir), key)
	}
	return key, err
}

// warnOpen warns of a signing key that others than its owner can read. Windows has no such bits.
func warnOpen(path string, log *slog.Logger) {
	if info, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		log.Warn("others can read the key that signs tokens, and sign in as anybody with it: run chmod 600 on it", "file", path)
	}
}

// writeFile makes a file that only its owner can read, whole or not at all.
func writeFile(path string, content []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// A greeting says what to do next, now that the service listens at url.
type greeting func(w io.Writer, st *store.Store, issuer *auth.Issuer, url string) error

// serve opens the folder, lets each of prepare fill it, and answers requests until the command's context ends.
func serve(cmd *cobra.Command, s settings, greet greeting, prepare ...func(*store.Store) error) (err error) {
	ctx, stop := context.WithCancelCause(cmd.Context())
	defer stop(nil)
	if err := s.check(); err != nil {
		return err
	}
	log, err := newLog(cmd.ErrOrStderr(), s)
	if err != nil {
		return err
	}
	slog.SetDefault(log) // what libraries print
	office, err := zone.Load(s.timezone)
	if err != nil {
		return fmt.Errorf("--timezone: %w", err)
	}
	certificate, err := s.certificate(log)
	if err != nil {
		return err
	}
	metrics, options := s.metrics()
	options = append(options, store.WithZone(office), store.WithLog(log), store.WithUpgrade(buildVersion(), func(u store.Upgrade) {
		log.Info("the database was brought to a newer schema, which older programs cannot read", "from", u.From, "to", store.Schema(), "backup_before", u.Backup.Path)
	}))
	st, err := store.Open(s.data, options...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	listener, measured, err := s.listeners()
	if err != nil {
		return err
	}
	defer listener.Close()
	if measured != nil {
		defer measured.Close()
	}
	for _, fill := range prepare {
		if err := fill(st); err != nil {
			return err
		}
	}
	v := server{settings: s, store: st, metrics: metrics, certificate: certificate, log: log}
	if err := v.assemble(ctx); err != nil {
		return err
	}
	if set, _ := store.ClockIsSet(); set {
		log.Warn("the clock is set for tests, and all dates follow it", "variable", store.ClockVariable, "now", store.Now())
	}
	leaveNote, err := v.welcome(cmd.OutOrStdout(), greet, listener, measured)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, leaveNote()) }()
	return v.run(ctx, stop, listener, measured)
}

// A server is a data folder and what serves it.
type server struct {
	settings
	store       *store.Store
	index       *index.Index
	backups     *store.Backups
	issuer      *auth.Issuer
	api         *httpapi.API
	metrics     *httpapi.Metrics     // nil where nothing is measured
	certificate *httpapi.Certificate // nil without TLS
	log         *slog.Logger
}

// assemble makes the parts that follow the store. The API ends what has no end of its own when ctx does.
func (v *server) assemble(ctx context.Context) error {
	issuer, verifier, err := newVerifier(ctx, v.settings, v.log)
	if err != nil {
		return err
	}
	v.issuer = issuer
	v.index = index.New(v.store, indexDir(v.data), index.Options{Region: v.region, Log: v.log})
	v.backups = &store.Backups{
		Store: v.store, Dir: backupsOf(v.data, v.backupDir), Every: v.backupEvery, Keep: v.backupKeep, Avoid: indexDir(v.data), Version: buildVersion(), Log: v.log,
	}
	v.api, err = httpapi.New(httpapi.Config{
		Store: v.store, Backups: v.backups, Index: v.index, Issuer: issuer, Verifier: verifier, Version: buildVersion(), Limits: v.limits,
		AccessTTL: v.accessTTL, RefreshTTL: v.refreshTTL, HashCost: v.hashCost, Origins: v.origins, Localhost: v.localhost, Proxies: v.proxies,
		Metrics: v.metrics, Stopping: ctx.Done(), Log: v.log,
	})
	return err
}

// welcome prints the addresses and what to do next, and notes for other commands where the service is. leaveNote takes that away.
func (v *server) welcome(w io.Writer, greet greeting, api, metrics net.Listener) (leaveNote func() error, err error) {
	var hello strings.Builder
	fmt.Fprintln(&hello, "crm is listening:")
	url := announce(&hello, v.certificate, api.Addr())
	if metrics != nil {
		fmt.Fprintf(&hello, "  Metrics: http://%s/metrics\n", metrics.Addr())
	}
	if leaveNote, err = httpapi.Announce(v.data, url, v.backups.Dir, v.certificate); err != nil {
		return nil, err
	}
	if err := greet(&hello, v.store, v.issuer, url); err != nil {
		return nil, errors.Join(err, leaveNote())
	}
	fmt.Fprint(w, hello.String())
	return leaveNote, nil
}

// run answers requests until ctx ends. The first part that fails stops the others.
func (v *server) run(ctx context.Context, stop context.CancelCauseFunc, api, metrics net.Listener) error {
	shareCPUs()
	following, leave := context.WithCancel(context.WithoutCancel(ctx)) // requests under way at the end still need the index
	defer leave()
	var group group
	group.start(stop, func() error { return v.index.Run(following) })
	group.start(stop, func() error { segments.Run(following, v.store, v.recalc, v.log); return nil })
	group.start(stop, func() error { keepHistory(following, v.store, v.index, v.history, v.log); return nil })
	group.start(stop, func() error { boundGarbage(following); return nil })
	group.start(stop, func() error { v.survey(following); return nil })
	group.start(stop, func() error { v.backups.Run(ctx); return nil })
	group.start(stop, func() error { v.api.Notify(ctx); return nil })
	if metrics != nil {
		group.start(stop, func() error { return answer(following, metrics, v.metrics.Handler(v.log), nil, v.log) })
	}
	err := answer(ctx, api, v.api, v.certificate, v.log)
	stop(err)
	leave()
	return errors.Join(err, group.wait())
}

// survey looks for records that cannot be read. The log names them.
func (v *server) survey(ctx context.Context) {
	if err := v.store.Survey(ctx); err != nil && ctx.Err() == nil {
		v.log.Error("the records could not all be looked at", "err", err)
	}
}

// certificate is what the service shows, nil for HTTP without TLS.
func (s *settings) certificate(log *slog.Logger) (*httpapi.Certificate, error) {
	if s.tlsCert == "" {
		return nil, nil
	}
	return httpapi.LoadCertificate(s.tlsCert, s.tlsKey, log)
}

// metrics are nil unless there is an address for them; options are the store's.
func (s *settings) metrics() (m *httpapi.Metrics, options []store.Option) {
	options = []store.Option{store.WithBackups(backupsOf(s.data, s.backupDir)), store.WithJournal()}
	if s.metricsListen == "" {
		return nil, options
	}
	m = httpapi.NewMetrics(buildVersion())
	return m, append(options, store.WithObserver(m.Commit))
}

// listeners are those of the API and of the metrics, nil where nothing is measured.
func (s *settings) listeners() (api, metrics net.Listener, err error) {
	if api, err = listen("listen", s.listen); err != nil || s.metricsListen == "" {
		return api, nil, err
	}
	if metrics, err = listen("metrics-listen", s.metricsListen); err != nil {
		return nil, nil, errors.Join(err, api.Close())
	}
	return api, metrics, nil
}

// listen opens the address that a flag gives.
func listen(flag, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("another program has %s: stop it, or choose another one with --%s, such as 127.0.0.1:8002", address, flag)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("this user may not listen at %s: choose a port from 1024 on with --%s, such as 127.0.0.1:8001", address, flag)
	}
	return nil, fmt.Errorf("--%s %s is no address of this machine (%w): give one that it has, such as 127.0.0.1:8001, or 0.0.0.0:8001 for all", flag, address, err)
}

// keepHistory trims the change log once the index has read what it needs of it.
func keepHistory(ctx context.Context, st *store.Store, ix *index.Index, keep time.Duration, log *slog.Logger) {
	for ix.Wait(ctx, st.Seq()) != nil && ctx.Err() == nil {
		continue
	}
	st.KeepHistory(ctx, keep, log)
}

// shareCPUs lets twice as many goroutines run as there are CPUs, unless the environment says how many. Go lets what runs
// in the background, such as the merging of the search index, keep its turn for 10 ms; the system divides a CPU finer,
// so that requests wait less.
func shareCPUs() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2 * cpus)
	}
}

// cpus are those that the program may use, in a container too.
var cpus = runtime.GOMAXPROCS(0)

// boundGarbage keeps what waits to be collected near garbage bytes, unless the environment says how much that may be: Go's
// default lets a heap double, which a heap of columns that live as long as the process does not need.
func boundGarbage(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	const garbage = 48 << 20
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for range tick(ctx, time.Second) {
		metrics.Read(live)
		if n := live[0].Value.Uint64(); n > 0 {
			debug.SetGCPercent(int(min(100, max(15, 100*garbage/n))))
		}
	}
}

// minHistory is the shortest time that the change log can be kept: what follows the log must find what it lacks.
const minHistory = 24 * time.Hour

// check reports every flag whose value makes no sense, always in the same order.
func (s *settings) check() (err error) {
	for _, limit := range []struct {
		flag string
		n    int
	}{{"customers", s.limits.Customers}, {"interactions", s.limits.Interactions}, {"feedback", s.limits.Feedback}} {
		if limit.n < 0 {
			err = errors.Join(err, fmt.Errorf("--limit-%s must be 0 or more", limit.flag))
		}
	}
	if s.backupEvery < 0 || s.backupKeep < 1 {
		err = errors.Join(err, errors.New("--backup-every must be 0 or more, such as 24h, and --backup-keep 1 or more"))
	}
	if s.history != 0 && s.history < minHistory {
		err = errors.Join(err, fmt.Errorf("--history must be 0 for ever, or at least %s", minHistory))
	}
	if s.accessTTL <= 0 || s.refreshTTL <= 0 {
		err = errors.Join(err, errors.New("--access-ttl and --refresh-ttl must be longer than nothing, such as 30m"))
	}
	if s.recalc < 0 {
		err = errors.Join(err, errors.New("--recalculate-every must be 0 for never, or longer, such as 1h"))
	}
	if (s.tlsCert == "") != (s.tlsKey == "") {
		err = errors.Join(err, errors.New("--tls-cert and --tls-key belong together: give both files, or none for HTTP without TLS"))
	}
	err = errors.Join(err, needAddress("listen", s.listen), needFolder("data", s.data), needFolder("backup-dir", s.backupDir))
	if s.metricsListen != "" {
		err = errors.Join(err, needAddress("metrics-listen", s.metricsListen))
	}
	if !index.KnownRegion(s.region) {
		err = errors.Join(err, fmt.Errorf("--region: no country is %q: give two letters, such as MA", s.region))
	}
	return err
}

// needAddress refuses what is not an address and a port.
func needAddress(flag, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return fmt.Errorf("--%s must be an address and a port, such as 127.0.0.1:8001, and is %q", flag, address)
	}
	return nil
}

// answer serves requests until ctx ends, then finishes those that are under way. Without a certificate it speaks plain HTTP.
func answer(ctx context.Context, listener net.Listener, handler http.Handler, certificate *httpapi.Certificate, log *slog.Logger) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	serve := server.Serve
	if certificate != nil {
		server.TLSConfig = certificate.Config()
		serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
	}
	done := make(chan error, 1)
	go func() { done <- serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	err := server.Shutdown(end)
	if errors.Is(err, context.DeadlineExceeded) { // clients that do not take their answers cannot keep the service
		return server.Close()
	}
	return err
}

// announce prints the addresses that the service answers at, or how to open it to colleagues, and returns the first.
func announce(w io.Writer, certificate *httpapi.Certificate, addr net.Addr) string {
	scheme := "http://"
	if certificate != nil {
		scheme = "https://"
	}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		fmt.Fprintf(w, "  %s%s\n", scheme, addr)
		if ok && tcp.IP.IsLoopback() {
			fmt.Fprintf(w, "  Only this machine can reach it; for colleagues: --listen 0.0.0.0:%d\n", tcp.Port)
		}
		return scheme + addr.String()
	}
	local := fmt.Sprintf("%s127.0.0.1:%d", scheme, tcp.Port)
	fmt.Fprintf(w, "  %s\n", local)
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return local
	}
	for _, a := range addrs {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.IsGlobalUnicast() {
			fmt.Fprintf(w, "  %s%s\n", scheme, net.JoinHostPort(ip.IP.String(), fmt.Sprint(tcp.Port)))
		}
	}
	return local
}

// A group runs functions and collects their errors; the first error stops all.
type group struct{ done []chan error }

func (g *group) start(stop context.CancelCauseFunc, fn func() error) {
	done := make(chan error, 1)
	g.done = append(g.done, done)
	go func() {
		err := fn()
		if err != nil {
			stop(err)
		}
		done <- err
	}()
}

func (g *group) wait() (err error) {
	for _, done := range g.done {
		err = errors.Join(err, <-done)
	}
	return err
}

func newLog(w io.Writer, s settings) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: s.logLevel}
	switch s.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return nil, fmt.Errorf("--log-format must be text or json, not %q", s.logFormat)
}

// newVerifier trusts the folder's own key and the other issuers that are configured.
func newVerifier(ctx context.Context, s settings, log *slog.Logger) (*auth.Issuer, *auth.Verifier, error) {
	key, err := signingKey(s.data)
	if err != nil {
		return nil, nil, err
	}
	warnOpen(keyFile(s.data), log)
	issuer, err := auth.NewIssuer(key)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w: take it from a backup, or delete it and let everybody sign in again", keyFile(s.data), err)
	}
	var foreign []auth.Foreign
	if s.secretFile != "" {
		secret, err := os.ReadFile(s.secretFile)
		if err != nil {
			return nil, nil, fmt.Errorf("--jwt-secret-file must name a file with the secret that is shared with the other issuer: %w", err)
		}
		if len(bytes.TrimSpace(secret)) == 0 {
			return nil, nil, fmt.Errorf("%s is empty: it must have the secret that is shared with the other issuer", s.secretFile)
		}
		secret = bytes.TrimSpace(secret)
		if len(secret) < 32 {
			log.Warn("the secret shared with the other issuer has fewer than 32 bytes: whoever has one of its tokens can look for it and sign in as anybody", "file", s.secretFile)
		}
		foreign = append(foreign, auth.Foreign{Secret: secret, Issuer: s.issuer, Audience: s.audience})
	}
	if s.jwks != "" {
		keys, err := keySet(ctx, s.jwks, log)
		if err != nil {
			return nil, nil, err
		}
		foreign = append(foreign, auth.Foreign{Keys: keys, Issuer: s.issuer, Audience: s.audience})
	}
	if len(foreign) > 0 && (s.issuer == "" || s.audience == "") {
		log.Warn("every token of the other issuer is accepted, also one that was made for another service: set --jwt-issuer and --jwt-audience")
	}
	return issuer, auth.NewVerifier(issuer, store.Now, foreign...), nil
}

func keySet(ctx context.Context, source string, log *slog.Logger) (*auth.KeySet, error) {
	if strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://") {
		return auth.FetchKeySet(ctx, source, log)
	}
	raw, err := os.ReadFile(source)
	if err != nil {
		return nil, fmt.Errorf("--jwks must name a file with the other issuer's keys (a JSON Web Key Set), or their address, which begins with https://: %w", err)
	}
	keys, err := auth.ParseKeySet(raw)
	if err != nil {
		return nil, fmt.Errorf("--jwks %s: %w", source, err)
	}
	return keys, nil
}
