package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"crm/auth"
	"crm/httpapi/local"
	"crm/httpapi/terminal"
	"crm/store"
	"crm/store/backup"
	"crm/store/backup/s3"
)

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
