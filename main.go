// Command crm manages the customers, interactions and feedback of a travel agency, with a REST API and a browser console. See README.md.
//
// Each command is built by a function such as newBackupCmd, and newRootCmd lists them. The flags of serve and demo are in settings.flags,
// and settings.check validates them.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"crm/auth"
	"crm/httpapi"
	"crm/httpapi/local"
	"crm/httpapi/manual"
	"crm/httpapi/server"
	"crm/httpapi/terminal"
	"crm/httpapi/wire"
	"crm/index"
	"crm/store"
	"crm/store/backup"
	"crm/store/backup/s3"
	"crm/store/doctor"
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

// run runs the program until it is done or ctx ends. It returns the exit status, and prints a sentence to stderr if that is not 0.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCmd()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(stderr, "crm:", terminal.Explain(err))
		return 1
	}
	return 0
}

func newRootCmd() *cobra.Command {
	root := &cobra.Command{
		Use:   "crm",
		Short: "Customers, interactions, feedback and segments of a travel agency, with a REST API",
		Long: `crm keeps customers, interactions, feedback and segments in one folder and serves them over a REST API.

To look around with sample data:        crm demo
To start for real:                      crm user add you@example.com --name "Your Name" --role admin
                                        crm serve

Every flag can be set in the environment instead: --data is $CRM_DATA, --jwt-issuer is $CRM_JWT_ISSUER.
The manual: crm help guide, and /manual of a running service.`,
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
	root.SetHelpCommand(newHelpCmd())
	return root
}

// newHelpCmd returns the command that prints the help of a command or a page of the manual.
func newHelpCmd() *cobra.Command {
	topics := manual.Topics()
	return &cobra.Command{
		Use:     "help [COMMAND|TOPIC]",
		Short:   "Print the help of a command, or a page of the manual",
		Long:    "Prints the help of a command, or a page of the manual. The topics are " + strings.Join(topics, ", ") + ".",
		Example: "  crm help serve\n  crm help backups",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if page, ok := manual.Find(args[0]); ok {
					_, err := cmd.OutOrStdout().Write(page.Markdown)
					return err
				}
			}
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return fmt.Errorf("there is no command or topic %q: crm --help lists the commands; the topics are %s", strings.Join(args, " "), strings.Join(topics, ", "))
			}
			return found.Help()
		},
	}
}

func variable(flag string) string {
	return "CRM_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// nameVariables adds the name of the environment variable to the usage of each flag.
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

// one accepts exactly one argument with this name. The error has the command's example.
func one(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		example, _, _ := strings.Cut(strings.TrimSpace(cmd.Example), "\n")
		return fmt.Errorf("%s takes one argument, %s, and got %d: try %s", cmd.CommandPath(), name, len(args), example)
	}
}

// atMostOne accepts an argument with this name, or none.
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

// knownBackups returns the folder in the flag, or else that of the service that runs on a data folder, or ran last.
func knownBackups(data, dir string) string { return cmp.Or(dir, local.BackupsOf(data)) }

// settings are the flags of the commands that serve.
type settings struct {
	server.Settings
	logFormat string
	logLevel  slog.Level
}

func (s *settings) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.Listen, "listen", "127.0.0.1:8001", "address and port to listen on; 0.0.0.0:8001 lets colleagues in")
	f.StringVar(&s.MetricsListen, "metrics-listen", "", "address and port to serve Prometheus's metrics at, such as 127.0.0.1:9464; none when empty")
	f.StringVar(&s.TLSCert, "tls-cert", "", "file with the certificate, PEM, read again when it changes; HTTP without TLS when empty")
	f.StringVar(&s.TLSKey, "tls-key", "", "file with the certificate's key")
	f.StringVar(&s.TLSDomain, "tls-domain", "", "public name to get a certificate for from Let's Encrypt, whose terms are accepted thereby; port 443 of the name must lead to --listen")
	timezoneFlag(cmd, &s.Timezone)
	f.StringVar(&s.Region, "region", "MA", "country of phone numbers without a country code")
	f.StringArrayVar(&s.Origins, "cors-origin", nil, "origin of a frontend that may call the API, such as https://app.example.com (repeatable)")
	f.StringArrayVar(&s.Proxies, "trusted-proxy", nil, "address or range of a proxy in front whose X-Forwarded-For is believed, such as 10.0.0.0/8 (repeatable)")
	f.IntVar(&s.Limits.Customers, "limit-customers", httpapi.DefaultLimits.Customers, "customers a user may create per minute, 0 for no limit")
	f.IntVar(&s.Limits.Interactions, "limit-interactions", httpapi.DefaultLimits.Interactions, "interactions a user may create per minute, 0 for no limit")
	f.IntVar(&s.Limits.Feedback, "limit-feedback", httpapi.DefaultLimits.Feedback, "feedback per customer and minute, 0 for no limit")
	f.IntVar(&s.Limits.Reads, "limit-reads", httpapi.DefaultLimits.Reads, "customers on pages after a list's first that a user who may not export them can read per minute, 0 for no limit")
	f.StringVar(&s.SecretFile, "jwt-secret-file", "", "file with the secret shared with another issuer of tokens (HS256)")
	f.StringVar(&s.JWKS, "jwks", "", "file or URL of another issuer's keys (RS256, ES256, EdDSA)")
	f.StringVar(&s.TokenIssuer, "jwt-issuer", "", "what the other issuer's tokens must have as iss")
	f.StringVar(&s.TokenAudience, "jwt-audience", "", "what the other issuer's tokens must have as aud")
	f.DurationVar(&s.AccessTTL, "access-ttl", 30*time.Minute, "lifetime of access tokens")
	f.DurationVar(&s.RefreshTTL, "refresh-ttl", 30*24*time.Hour, "lifetime of sign-ins and their refresh tokens")
	f.DurationVar(&s.Recalculate, "recalculate-every", time.Hour, "how often segments are recalculated, 0 for never")
	backupDirFlag(cmd, &s.BackupDir)
	f.StringArrayVar(&s.BackupAllow, "backup-allow", nil, "another folder that requests for a backup may name, such as /mnt/usb/crm (repeatable)")
	recipientFlags(cmd, &s.BackupRecipients, &s.BackupPassphrase)
	f.StringArrayVar(&s.BackupTo, "backup-to", nil, "where each backup is copied to: another folder, or a bucket such as 's3://bucket/prefix?endpoint=s3.example.com&region=eu-west-3' (repeatable)")
	bucketKeysFlag(cmd, &s.BackupKeys)
	f.DurationVar(&s.BackupEvery, "backup-every", s.BackupEvery, "how often a backup is made, 0 for never")
	f.IntVar(&s.BackupKeep, "backup-keep", 7, "how many of these backups are kept")
	f.DurationVar(&s.History, "history", 0, "how long the change log is kept, such as 8760h for a year; 0 for ever")
	f.StringVar(&s.logFormat, "log-format", "text", "text or json")
	f.TextVar(&s.logLevel, "log-level", s.logLevel, "debug, info, warn or error")
}

// minHistory is the shortest time for which the change log can be kept. After a stop of the service, the index needs the last changes.
const minHistory = 24 * time.Hour

// check returns an error for every flag with a wrong value, always in the same order.
func (s *settings) check() (err error) {
	for _, limit := range []struct {
		flag string
		n    int
	}{{"customers", s.Limits.Customers}, {"interactions", s.Limits.Interactions}, {"feedback", s.Limits.Feedback}, {"reads", s.Limits.Reads}} {
		if limit.n < 0 {
			err = errors.Join(err, fmt.Errorf("--limit-%s must be 0 or more", limit.flag))
		}
	}
	if s.Limits.Reads > 0 && s.Limits.Reads < wire.MaxSize {
		err = errors.Join(err, fmt.Errorf("--limit-reads must be 0, or at least the %d of a page", wire.MaxSize))
	}
	if s.History != 0 && s.History < minHistory {
		err = errors.Join(err, fmt.Errorf("--history must be 0 for ever, or at least %s", minHistory))
	}
	if s.AccessTTL <= 0 || s.RefreshTTL <= 0 {
		err = errors.Join(err, errors.New("--access-ttl and --refresh-ttl must be longer than nothing, such as 30m"))
	}
	if s.Recalculate < 0 {
		err = errors.Join(err, errors.New("--recalculate-every must be 0 for never, or longer, such as 1h"))
	}
	err = errors.Join(err, needAddress("listen", s.Listen), needFolder("data", s.Data), s.checkTLS(), s.checkBackups())
	if s.MetricsListen != "" {
		err = errors.Join(err, needAddress("metrics-listen", s.MetricsListen))
	}
	if !store.KnownRegion(s.Region) {
		err = errors.Join(err, fmt.Errorf("--region: no country is %q: give two letters, such as MA", s.Region))
	}
	return err
}

// checkTLS checks the flags of the certificate.
func (s *settings) checkTLS() (err error) {
	if (s.TLSCert == "") != (s.TLSKey == "") {
		err = errors.Join(err, errors.New("--tls-cert and --tls-key belong together: give both files, or none for HTTP without TLS"))
	}
	if s.TLSDomain != "" && s.TLSCert != "" {
		err = errors.Join(err, errors.New("--tls-domain gets its own certificate: leave out --tls-cert and --tls-key"))
	}
	if s.TLSDomain != "" && (!strings.Contains(s.TLSDomain, ".") || strings.ContainsAny(s.TLSDomain, ":/* ")) {
		err = errors.Join(err, fmt.Errorf("--tls-domain must be a name such as crm.example.com, and is %q", s.TLSDomain))
	}
	return err
}

// checkBackups checks the flags of backups.
func (s *settings) checkBackups() (err error) {
	if s.BackupEvery < 0 || s.BackupKeep < 1 {
		err = errors.Join(err, errors.New("--backup-every must be 0 or more, such as 24h, and --backup-keep 1 or more"))
	}
	err = errors.Join(err, needFolder("backup-dir", s.BackupDir))
	for _, to := range s.BackupTo {
		if !backup.IsRemote(to) {
			err = errors.Join(err, needFolder("backup-to", to))
		}
	}
	for _, dir := range s.BackupAllow {
		if !filepath.IsAbs(dir) {
			err = errors.Join(err, fmt.Errorf("--backup-allow must be a folder's whole path, such as /mnt/usb/crm, and is %q", dir))
		}
		err = errors.Join(err, needFolder("backup-allow", dir))
	}
	return err
}

// needAddress returns an error unless a flag is an address and a port.
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

// isLoopback reports whether only this machine can reach an address.
func isLoopback(address string) bool {
	host, _, _ := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// serve checks the flags and runs the service until the command's context ends.
func (s *settings) serve(cmd *cobra.Command, prepare func(*store.Store) error, greet func(io.Writer, server.Started) error) error {
	err := s.check()
	if err != nil {
		return err
	}
	if s.Log, err = newLog(cmd.ErrOrStderr(), s.logFormat, s.logLevel); err != nil {
		return err
	}
	slog.SetDefault(s.Log) // what libraries print
	s.Version = buildVersion()
	return server.Run(cmd.Context(), s.Settings, prepare, func(started server.Started) error {
		return greet(cmd.OutOrStdout(), started)
	})
}

func newLog(w io.Writer, format string, level slog.Level) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: level}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return nil, fmt.Errorf("--log-format must be text or json, not %q", format)
}

func newServeCmd() *cobra.Command {
	s := settings{Settings: server.Settings{BackupEvery: 24 * time.Hour}}
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Serve the API",
		Example: "  crm serve --data /srv/crm --listen 0.0.0.0:8001 --cors-origin https://app.example.com",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.serve(cmd, server.RefuseDemoPasswords, s.greet)
		},
	}
	dataFlag(cmd, &s.Data)
	s.flags(cmd)
	return cmd
}

// greet prints the addresses, and how to add the first user if there is none.
func (s *settings) greet(w io.Writer, started server.Started) error {
	var hello strings.Builder
	terminal.PrintAddresses(&hello, started)
	if started.Users == 0 {
		fmt.Fprintf(&hello, "\nNobody can sign in yet. Make the first user in another terminal:\n"+
			"  crm user add you@example.com --name \"Your Name\" --role admin --data %s\n", s.Data)
	}
	fmt.Fprintf(w, "%s\nStop with Ctrl+C.\n", hello.String())
	return nil
}

func newDemoCmd() *cobra.Command {
	s := settings{Settings: server.Settings{Localhost: true, HashCost: 10}, logLevel: slog.LevelWarn}
	noOpen := false
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "Serve sample data: 300 customers and a login for each role",
		Long:    "Serves sample data with a login for each role, and opens the console in a browser. The data is in a temporary folder that goes when the demo ends, unless --data names one to keep.",
		Example: "  crm demo\n  crm demo --data demo --listen 127.0.0.1:9000",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.Data == "" {
				dir, err := os.MkdirTemp("", "crm-demo-")
				if err != nil {
					return err
				}
				defer os.RemoveAll(dir)
				s.Data = dir
			}
			password := server.DemoPassword
			if !isLoopback(s.Listen) {
				password = rand.Text()
			}
			prepare := func(st *store.Store) error { return server.PrepareDemo(st, password) }
			return s.serve(cmd, prepare, func(w io.Writer, started server.Started) error {
				if !noOpen && terminal.IsTerminal(w) {
					terminal.OpenBrowser(started.Addresses[0] + "/")
				}
				return greetDemo(w, started, password)
			})
		},
	}
	cmd.Flags().StringVar(&s.Data, "data", "", "folder to keep the data in; temporary when empty")
	cmd.Flags().BoolVar(&noOpen, "no-open", false, "open no browser (none is opened either where the output is no terminal)")
	s.flags(cmd)
	return cmd
}

// greetDemo prints the logins, and a request to try.
func greetDemo(w io.Writer, started server.Started, password string) error {
	token, err := started.Token(server.DemoEmail("admin"), 12*time.Hour)
	if err != nil {
		return err
	}
	var hello strings.Builder
	terminal.PrintAddresses(&hello, started)
	fmt.Fprintf(&hello, "\nSign in with password %s as\n", password)
	for _, role := range auth.Roles() {
		fmt.Fprintf(&hello, "  %-25s %s\n", server.DemoEmail(role.Name), role.Description)
	}
	fmt.Fprintf(w, "%s\nTry it, with a token that lives for 12 hours, and no longer than the demo:\n"+
		"  curl -H 'Authorization: Bearer %s' '%s/api/v1/customers/?query=hassan&size=3'\n\nStop with Ctrl+C.\n", hello.String(), token, started.Addresses[0])
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
	st, err := store.Open(dir, store.WithClock(func() time.Time { return o.Now }), store.WithRegion(region),
		backup.BeforeMigration(buildVersion(), nil, tellUpgrade(cmd)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	rows, total, show := 0, o.Customers+o.Interactions+o.Feedback, terminal.Progress(cmd.ErrOrStderr(), "Written")
	err = sample.Load(st, o, func(n int) error {
		rows += n
		show(rows, total)
		return cmd.Context().Err()
	})
	if err != nil {
		return err
	}
	if err := index.Build(cmd.Context(), st, local.IndexDir(dir), indexOptions(), terminal.Progress(cmd.ErrOrStderr(), "Indexed")); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s has %d customers, %d interactions and %d feedback now (%.1f MB).\n",
		dir, o.Customers, o.Interactions, o.Feedback, float64(st.Size())/1e6)
	return nil
}

// indexOptions returns the options of commands that build an index, which use every CPU.
func indexOptions() index.Options {
	return index.Options{CPUs: runtime.GOMAXPROCS(0)}
}

func newUserCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Manage the people who sign in, also while the service runs", Example: "  crm user list", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newUserAddCmd(), newUserListCmd(), newUserPasswdCmd(), newUserDisableCmd(), newUserEnableCmd())
	return cmd
}

// withData opens the store of a folder that must have data, for a command that writes.
func withData(cmd *cobra.Command, dir string, fn func(*store.Store) error) (err error) {
	if err := needData(dir); err != nil {
		return err
	}
	st, err := store.Open(dir, backup.BeforeMigration(buildVersion(), nil, tellUpgrade(cmd)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return fn(st)
}

// needData returns an error for a folder without a database.
func needData(dir string) error {
	if err := needFolder("data", dir); err != nil {
		return err
	}
	return local.HasData(dir)
}

// needFolder returns an error if a flag for a folder names a file.
func needFolder(flag, path string) error {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return fmt.Errorf("--%s: %s is a file: name a folder", flag, path)
	}
	return nil
}

// withClient calls fn with a client of a data folder's API, which is that of the service if one runs.
func withClient(cmd *cobra.Command, dir string, access local.Access, fn func(*local.Client) error) (err error) {
	if err := needFolder("data", dir); err != nil {
		return err
	}
	client, err := local.Open(cmd.Context(), local.Folder{
		Dir: dir, Actor: cmd.CommandPath(), Access: access, Version: buildVersion(), Upgraded: tellUpgrade(cmd),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	return fn(client)
}

// tellUpgrade prints that a command has migrated the database to a newer schema.
func tellUpgrade(cmd *cobra.Command) func(backup.Upgrade) {
	return func(u backup.Upgrade) {
		fmt.Fprintf(cmd.ErrOrStderr(), "The database was brought from schema %d to %d, which older programs cannot read. As it was before, it is in %s, which is kept until you delete it.\n",
			u.From, store.Schema(), u.Backup.Path)
	}
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
			password, err := terminal.Password(cmd.InOrStdin(), cmd.ErrOrStderr(), file)
			if err != nil {
				return err
			}
			next := "Start the service with: crm serve --data " + dir
			err = withClient(cmd, dir, local.Create, func(client *local.Client) error {
				if client.URL() != "" {
					next = "The service runs at " + client.URL()
				}
				return client.AddUser(cmd.Context(), local.NewUser{Email: args[0], Name: name, Role: role, Password: password})
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s can sign in as %s. %s\n", args[0], role, next)
			return nil
		},
	}
	dataFlag(cmd, &dir)
	cmd.Flags().StringVar(&name, "name", "", "full name")
	cmd.Flags().StringVar(&role, "role", "agent", "one of "+roleNames())
	cmd.Flags().StringVar(&file, "password-file", "", "file with the password")
	return cmd
}

func roleNames() string {
	var names []string
	for _, role := range auth.Roles() {
		names = append(names, role.Name)
	}
	return strings.Join(names, ", ")
}

func newUserListCmd() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the users",
		Example: "  crm user list --data /srv/crm",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withClient(cmd, dir, local.Read, func(client *local.Client) error {
				users, err := client.Users(cmd.Context())
				if err != nil {
					return err
				}
				return terminal.PrintUsers(cmd.OutOrStdout(), users)
			})
		},
	}
	dataFlag(cmd, &dir)
	return cmd
}

// changeUser finds a user by e-mail and changes it.
func changeUser(cmd *cobra.Command, dir, email string, change local.UserChange) error {
	return withClient(cmd, dir, local.Write, func(client *local.Client) error {
		return client.ChangeUser(cmd.Context(), email, change)
	})
}

func newUserPasswdCmd() *cobra.Command {
	var dir, file string
	cmd := &cobra.Command{
		Use:     "passwd EMAIL",
		Short:   "Set a user's password and end the user's sessions",
		Example: "  crm user passwd fatima@example.com",
		Args:    one("EMAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := terminal.Password(cmd.InOrStdin(), cmd.ErrOrStderr(), file)
			if err != nil {
				return err
			}
			if err := changeUser(cmd, dir, args[0], local.UserChange{Password: password}); err != nil {
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

// newUserActiveCmd returns a command that makes a user active or not, and prints the sentence done with the user's e-mail address.
func newUserActiveCmd(name, short, done string, active bool) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:     name + " EMAIL",
		Short:   short,
		Example: "  crm user " + name + " fatima@example.com",
		Args:    one("EMAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := changeUser(cmd, dir, args[0], local.UserChange{Active: &active})
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
			issuer, err := local.Issuer(dir)
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

// regionFlag adds a hidden flag --region without effect, so that older scripts keep working. The region is stored in the database.
func regionFlag(cmd *cobra.Command) {
	cmd.Flags().String("region", "", "country of phone numbers without a country code")
	_ = cmd.Flags().MarkHidden("region") // fails only for a flag that does not exist
}

// recipientFlags are for commands that make backups.
func recipientFlags(cmd *cobra.Command, keys *[]string, passphraseFile *string) {
	cmd.Flags().StringArrayVar(keys, "backup-recipient", nil, "key that backups are encrypted for, age1…, as crm backup key prints one (repeatable)")
	cmd.Flags().StringVar(passphraseFile, "backup-passphrase-file", "", "file with a passphrase that backups are encrypted with, instead of keys")
}

// bucketKeysFlag is for commands that use buckets.
func bucketKeysFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "backup-keys", "", "file with the keys to buckets, in the form of the AWS tools; $AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY when empty")
}

// here calls fn with a backup's path on this machine. One in a bucket is fetched before, and the file removed afterwards.
func here(cmd *cobra.Command, address, keys string, fn func(path string) error) error {
	if !backup.IsRemote(address) {
		return fn(address)
	}
	path, done, err := backup.Fetch(cmd.Context(), address, s3.Options{Credentials: keys})
	if err != nil {
		return terminal.ExplainPlace(address, err)
	}
	defer done()
	return fn(path)
}

// identityFlag is for commands that open backups.
func identityFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "identity", "", "file with the secret key, or with the passphrase, that opens an encrypted backup")
}

func newBackupCmd() *cobra.Command {
	var dir, folder, passphrase string
	var keys []string
	cmd := &cobra.Command{
		Use:   "backup [FILE|FOLDER]",
		Short: "Copy everything to one verified file, also while the service runs",
		Long: `Writes everything as it is at this moment to one compressed file, reads it back and checks all of it. While the
service runs, it copies the data, and nobody has to wait; this command writes the file, unless it goes to the service's own folder of
backups. A name that ends in .crmbackup is the file; another one is a folder.`,
		Example: "  crm backup\n  crm backup /mnt/usb/crm\n  crm backup /mnt/usb/before-the-move.crmbackup --data /srv/crm",
		Args:    atMostOne("FILE or FOLDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			to, err := filepath.Abs(append(args, knownBackups(dir, folder))[0])
			if err != nil {
				return err
			}
			recipients, err := backup.ParseRecipients(keys, passphrase)
			if err != nil {
				return terminal.ExplainRecipients(err)
			}
			return withClient(cmd, dir, local.ReadAs, func(client *local.Client) error {
				b, err := client.Backup(cmd.Context(), to, recipients)
				if err != nil {
					return terminal.ExplainRecipients(err)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s is whole and verified: %s.\n", b.Path, terminal.Describe(b))
				return nil
			})
		},
	}
	dataFlag(cmd, &dir)
	backupDirFlag(cmd, &folder)
	recipientFlags(cmd, &keys, &passphrase)
	cmd.AddCommand(newBackupListCmd(), newBackupVerifyCmd(), newBackupKeyCmd())
	return cmd
}

func newBackupListCmd() *cobra.Command {
	var dir, folder, keys string
	var all bool
	cmd := &cobra.Command{
		Use:     "list [FOLDER|BUCKET]",
		Short:   "List the backups in a folder or bucket, newest first",
		Long:    "Lists the backups of the database in the data folder, newest first, and files that cannot be read. Those of other databases are listed with --all, or where the data folder has no database.",
		Example: "  crm backup list\n  crm backup list /mnt/usb/crm\n  crm backup list 's3://bucket/crm?region=eu-west-3'",
		Args:    atMostOne("FOLDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			from := append(args, knownBackups(dir, folder))[0]
			list, err := listAt(cmd, from, keys)
			if err != nil {
				return err
			}
			others := 0
			if owns := store.Owns(dir); !all {
				list = slices.DeleteFunc(list, func(b backup.File) bool {
					theirs := b.Format != 0 && !owns(b.Database)
					if theirs {
						others++
					}
					return theirs
				})
			}
			return terminal.PrintBackups(cmd.OutOrStdout(), from, list, others)
		},
	}
	dataFlag(cmd, &dir)
	backupDirFlag(cmd, &folder)
	bucketKeysFlag(cmd, &keys)
	cmd.Flags().BoolVar(&all, "all", false, "list backups of other databases too")
	return cmd
}

// listAt returns the backups in a folder or bucket.
func listAt(cmd *cobra.Command, address, keys string) ([]backup.File, error) {
	if !backup.IsRemote(address) {
		return backup.List(address)
	}
	place, err := backup.OpenPlace(address, s3.Options{Credentials: keys})
	if err != nil {
		return nil, terminal.ExplainPlace(address, err)
	}
	list, err := backup.ListPlace(cmd.Context(), place)
	return list, terminal.ExplainPlace(address, err)
}

func newBackupVerifyCmd() *cobra.Command {
	var identity, keys string
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Read all of a backup and check it",
		Long: `Reads all of a backup: its sums, every page of the database in it, and how many records there are. Of an encrypted one without
--identity it compares every byte with the sum that was noted when it was made.`,
		Example: "  crm backup verify /mnt/usb/crm/crm-20261125T214500Z.crmbackup\n  crm backup verify /mnt/usb/crm/crm-20261125T214500Z.crmbackup --identity key.txt",
		Args:    one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			identities, err := backup.LoadIdentities(identity)
			if err != nil {
				return fmt.Errorf("--identity: %w", err)
			}
			return here(cmd, args[0], keys, func(path string) error {
				b, err := backup.Verify(cmd.Context(), path, identities)
				if err != nil {
					return terminal.ExplainBackup(args[0], path, err)
				}
				b.Path = args[0]
				terminal.PrintVerified(cmd.OutOrStdout(), b, identities != nil)
				return nil
			})
		},
	}
	identityFlag(cmd, &identity)
	bucketKeysFlag(cmd, &keys)
	return cmd
}

func newBackupKeyCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "key FILE",
		Short: "Make a key for encrypted backups: the secret one in a file, the public one printed",
		Long: `Makes a secret key in a new file, which opens encrypted backups and nothing else does, and prints the public key that belongs to it.
Keep the file where the backups are not, and a copy of it on paper: without it no backup that was encrypted for it comes back.`,
		Example: "  crm backup key key.txt",
		Args:    one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			recipient, err := backup.NewIdentity(args[0])
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "The secret key is in %s: keep it where the backups are not, and print it. Encrypt backups with:\n  --backup-recipient %s\n", args[0], recipient)
			}
			return err
		},
	}
}

func newRestoreCmd() *cobra.Command {
	var dir, identity, keys string
	var keep bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Verify a backup and make it the content of a folder",
		Long: `Verifies a backup, unpacks it into the data folder and puts it in place in one step. Stop the service first. What was in
the folder is kept in a folder beside it, to be deleted when nobody misses anything.

A backup has the users, passwords and sign-ins of its day. Everybody has to sign in again, and tokens of programs must be made again,
unless --keep-sessions is given, for a folder that only moves. Who can sign in afterwards is listed.`,
		Example: "  crm restore backups/crm-20261125T214500Z.crmbackup --data /srv/crm\n  crm restore /mnt/usb/move.crmbackup --keep-sessions\n  crm restore /mnt/usb/monday.crmbackup --identity key.txt\n  crm restore 's3://bucket/crm/crm-20261125T214500Z.crmbackup?region=eu-west-3'",
		Args:    one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := needFolder("data", dir); err != nil {
				return err
			}
			identities, err := backup.LoadIdentities(identity)
			if err != nil {
				return fmt.Errorf("--identity: %w", err)
			}
			options := backup.RestoreOptions{NewKey: auth.NewKey(), Identities: identities}
			if keep {
				options.NewKey = nil
			}
			return here(cmd, args[0], keys, func(path string) error { return restore(cmd, args[0], path, dir, options) })
		},
	}
	dataFlag(cmd, &dir)
	identityFlag(cmd, &identity)
	bucketKeysFlag(cmd, &keys)
	cmd.Flags().BoolVar(&keep, "keep-sessions", false, "keep the key that signs tokens and all sign-ins, for a move to another folder or machine")
	return cmd
}

// restore brings back the backup at a path, which the user calls by a name.
func restore(cmd *cobra.Command, name, path, dir string, options backup.RestoreOptions) error {
	b, replaced, err := backup.Restore(cmd.Context(), path, dir, options)
	if err != nil {
		return terminal.ExplainBackup(name, path, err)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s has %s.\n", dir, terminal.Describe(b))
	if replaced != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "What was there before is in %s.\n", replaced)
	}
	if err := printWhoCanSignIn(cmd, dir, options.NewKey == nil); err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "Who can sign in cannot be told (%v): see crm user list.\n", err)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "Start the service with: crm serve --data %s\n", dir)
	return nil
}

// printWhoCanSignIn prints the active users of a folder that was just restored.
func printWhoCanSignIn(cmd *cobra.Command, dir string, sessionsKept bool) error {
	st, err := local.OpenReadOnly(dir)
	if err != nil {
		return err
	}
	var users []*store.User
	err = st.View(func(tx *store.Tx) (err error) { users, err = tx.Users(); return err })
	if err := errors.Join(err, st.Close()); err != nil {
		return err
	}
	terminal.PrintWhoCanSignIn(cmd.OutOrStdout(), users, sessionsKept)
	return nil
}

func newCheckCmd() *cobra.Command {
	var dir, folder string
	var repair bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Read everything and say what is wrong",
		Long: `Reads every page of the database, compares every index, count and history with the records, and what is saved for lists
and searches with the database. Stop the service first. With --repair, what follows from the records is rebuilt; for
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
			check := func(st *store.Store) error { return checkStore(cmd, st, dir, repair) }
			if repair {
				return withData(cmd, dir, check)
			}
			st, err := local.OpenReadOnly(dir)
			if err != nil {
				return err
			}
			return errors.Join(check(st), st.Close())
		},
	}
	dataFlag(cmd, &dir)
	backupDirFlag(cmd, &folder)
	regionFlag(cmd)
	cmd.Flags().BoolVar(&repair, "repair", false, "rebuild what follows from the records")
	return cmd
}

// checkStore checks the records and then the saved index, and repairs both if repair is true.
func checkStore(cmd *cobra.Command, st *store.Store, dir string, repair bool) error {
	found, err := st.Check(cmd.Context())
	written := 0
	if err == nil && repair && len(found) > 0 {
		written, found, err = st.Repair(cmd.Context())
	}
	if err != nil {
		return err
	}
	saved, err := index.Check(st, local.IndexDir(dir), index.Options{})
	if err != nil {
		return err
	}
	if written > 0 || repair && len(saved) > 0 {
		terminal.PrintSome(cmd.OutOrStdout(), saved)
		saved = nil
		if err := reindex(cmd, st, dir); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%d entries of the database were rebuilt, and what is saved for lists and searches.\n", written)
	}
	for _, p := range found {
		saved = append(saved, p.Text)
	}
	if terminal.PrintSome(cmd.OutOrStdout(), saved); len(saved) > 0 && repair {
		return fmt.Errorf("%d problems in %s follow from no other record: bring back a backup with crm restore", len(saved), dir)
	}
	if len(saved) > 0 {
		return fmt.Errorf("%d problems in %s: make a copy of the folder, then try crm check --repair", len(saved), dir)
	}
	if err := printOutdated(cmd, st); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s is sound up to change %d.\n", dir, st.Seq())
	if st.Found() < store.Schema() && !repair {
		fmt.Fprintf(cmd.OutOrStdout(), "The database has schema %d and was left as it is: its pages were checked, and its records in a copy of schema %d.\n", st.Found(), store.Schema())
	}
	return nil
}

// printOutdated names the records from before a rule that they break.
func printOutdated(cmd *cobra.Command, st *store.Store) error {
	found, err := st.Outdated(cmd.Context())
	var sentences []string
	for _, o := range found {
		sentences = append(sentences, terminal.Outdated(o))
	}
	if terminal.PrintSome(cmd.OutOrStdout(), sentences); len(found) > 0 {
		fmt.Fprintln(cmd.OutOrStdout(), "These records are older than the rules that they break. They go on working; correct them when it suits you.")
	}
	return err
}

func newReindexCmd() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:     "reindex",
		Short:   "Rebuild what is saved for lists and searches",
		Example: "  crm reindex --data /srv/crm",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := withData(cmd, dir, func(st *store.Store) error { return reindex(cmd, st, dir) })
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "%s was rebuilt.\n", local.IndexDir(dir))
			}
			return err
		},
	}
	dataFlag(cmd, &dir)
	regionFlag(cmd)
	return cmd
}

func reindex(cmd *cobra.Command, st *store.Store, dir string) error {
	return index.Rebuild(cmd.Context(), st, local.IndexDir(dir), indexOptions(), terminal.Progress(cmd.ErrOrStderr(), "Indexed"))
}

func newCompactCmd() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "compact",
		Short: "Rewrite the database and the index, without free space and what was erased",
		Long: "Rewrites the database without its free space and puts it in place in one step, then rebuilds what is saved for lists and searches. " +
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
			if err := withData(cmd, dir, func(st *store.Store) error { return reindex(cmd, st, dir) }); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s has %.1f MB now, and had %.1f; %s was rebuilt.\n",
				filepath.Join(dir, store.FileName), float64(after)/1e6, float64(before)/1e6, local.IndexDir(dir))
			return nil
		},
	}
	dataFlag(cmd, &dir)
	regionFlag(cmd)
	return cmd
}

func newDoctorCmd() *cobra.Command {
	var dir, folder, timezone string
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "Look at the folder, the disk, the clock and the backups, and say what to do",
		Example: "  crm doctor --data /srv/crm",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needData(dir); err != nil && !errors.Is(err, store.ErrLost) {
				return err
			}
			findings := append(doctor.Examine(dir, knownBackups(dir, folder), store.Now()), local.Diagnose(cmd.Context(), dir)...)
			clock, err := local.DiagnoseZone(cmd.Context(), dir, timezone, store.Now())
			if err != nil {
				return fmt.Errorf("--timezone: %w", err)
			}
			findings = append(findings, clock...)
			advised := terminal.PrintFindings(cmd.OutOrStdout(), findings)
			if advised > 0 {
				return fmt.Errorf("%d of these need attention: see the arrows", advised)
			}
			return nil
		},
	}
	dataFlag(cmd, &dir)
	backupDirFlag(cmd, &folder)
	regionFlag(cmd)
	timezoneFlag(cmd, &timezone)
	return cmd
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
			if err := local.CheckReady(cmd.Context(), dir, url); err != nil {
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

// buildVersion returns the release, or else the commit that was built.
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
